import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { Failure } from '../lib/errors.ts';
import { addKeyCommands } from './keys.ts';
import { migrateDatabase } from './migrate.ts';
import { addPolicyCommands } from './policy-commands.ts';
import { addRegistryCommands } from './registry.ts';

/** The package's own description of itself. It lies beside `src` and beside `dist`. */
const PACKAGE = new URL('../../package.json', import.meta.url);

/**
 * Runs the command that the arguments name; gives the exit code. The whole server is loaded only by those that run it.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const { version, description } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as Record<string, string>;
  const program = new Command('budstikka').description(description ?? '').exitOverride();
  program.version(version ?? '');
  program
    .command('dev')
    .description('run on this machine with a database, tokens and a receiver of its own')
    .action(async () => (await import('./dev.ts')).dev());
  program
    .command('serve')
    .description('run in production')
    .action(async () => (await import('./serve.ts')).serve());
  program
    .command('migrate')
    .description('bring the database to this version')
    .action(() => migrateDatabase());
  addRegistryCommands(program);
  addPolicyCommands(program);
  addKeyCommands(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (thrown) {
    return explain(thrown);
  }
}

/** One clear line for each thing that is wrong; a stack trace only for what nobody foresaw. */
function explain(thrown: unknown): number {
  if (thrown instanceof Failure) {
    const { fields, detail } = thrown.options;
    const lines = Object.entries(fields ?? {}).flatMap(([name, faults]) =>
      faults.map((fault) => `  ${name} ${fault}`),
    );
    console.error([detail ?? thrown.title, ...lines].join('\n'));
    return 1;
  }
  // Commander has said what is wrong with the arguments.
  if (thrown instanceof CommanderError) return thrown.exitCode;
  // What the operating system refuses, such as an address to listen on: its own words name it.
  const isRefusal = thrown instanceof Error && 'syscall' in thrown;
  console.error(isRefusal ? thrown.message : thrown);
  return 1;
}
