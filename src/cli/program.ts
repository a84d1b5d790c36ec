import { Command } from 'commander';
import { Failure } from '../lib/errors.ts';
import { dev } from './dev.ts';
import { serve } from './serve.ts';

/** Runs the command that the arguments name; gives the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const program = new Command('budstikka')
    .description('A dialog store that tells everyone who may know, in order, the moment a change commits.')
    .exitOverride();
  program.command('dev').description('run on this machine with a database, tokens and a receiver of its own').action(dev);
  program.command('serve').description('run in production').action(serve);
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
    const lines = Object.entries(fields ?? {}).flatMap(([name, faults]) => faults.map((fault) => `  ${name} ${fault}`));
    console.error([detail ?? thrown.title, ...lines].join('\n'));
    return 1;
  }
  const isUsage = thrown instanceof Error && 'exitCode' in thrown && typeof thrown.exitCode === 'number';
  if (isUsage) return thrown.exitCode as number;
  console.error(thrown);
  return 1;
}
