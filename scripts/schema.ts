import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../src/db/database.ts';
import { startEmbeddedPostgres } from '../src/db/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { dumpSchema } from '../src/db/schema-dump.ts';
import { openLog } from '../src/lib/log.ts';

// Writes schema.sql from the migrations, through a server that lives for as long as that takes.
const log = openLog({ level: 'warn' });
const directory = await mkdtemp(join(tmpdir(), 'budstikka-schema-'));
// Started by root, the server runs as somebody else, who must get in.
await chmod(directory, 0o711);
try {
  await using server = await startEmbeddedPostgres({
    directory: join(directory, 'postgres'),
    log,
    settings: { fsync: 'off' },
  });
  await migrate({ url: server.url, log });
  await using database = new Database({
    url: server.url,
    maxConnections: 1,
    applicationName: 'schema',
    log,
    connectTimeout: 10_000,
    statementTimeout: 10_000,
  });
  await writeFile(new URL('../schema.sql', import.meta.url), await dumpSchema(database));
} finally {
  await rm(directory, { recursive: true, force: true });
}
