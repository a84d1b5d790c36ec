import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { openLog } from '../../src/lib/log.ts';

// Run as a process of its own, to be killed: node --import tsx hold-server.ts DIRECTORY
const server = await startEmbeddedPostgres({ directory: process.argv[2]!, log: openLog({ level: 'warn' }) });
process.stdout.write(`${server.url}\n`);
