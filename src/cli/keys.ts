import type { Command } from 'commander';
import { type KeyMetadata, listKeys } from '../access/keys/queries.ts';
import { type KeyPurpose, keyAlgorithms } from '../access/keys/signing-key.ts';
import { SigningKeys } from '../access/keys/signing-keys.ts';
import type { Queries } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { masterKeyOf } from '../platform/ground.ts';
import { withDatabase } from './with-database.ts';

/** `budstikka keys list|rotate`. */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('see and change the keys that sign');
  keys.command('list').description('show every key and its state').action(list);
  keys
    .command('rotate')
    .description('begin the change to another key; it signs when it has been published for 48 hours')
    .argument('<purpose>', Object.keys(keyAlgorithms).join(', '))
    .action(rotate);
}

async function list(): Promise<void> {
  await withDatabase(({ database }) => show(database));
}

async function rotate(text: string): Promise<void> {
  if (!isPurpose(text)) {
    const fault = `must be one of ${Object.keys(keyAlgorithms).join(', ')}`;
    throw new Failure('request-invalid', { fields: { '<purpose>': [fault] } });
  }
  await withDatabase(async ({ config, database, log }) => {
    const masterKey = await masterKeyOf(config);
    const keys = new SigningKeys({ database, masterKey, purposes: [text], log });
    // Opens those that are there, so that nothing is ever sealed under a second master key.
    await keys.ensure();
    await keys.rotate(text);
    await show(database, text);
  });
}

function isPurpose(text: string): text is KeyPurpose {
  return Object.hasOwn(keyAlgorithms, text);
}

const HEADINGS = ['purpose', 'state', 'algorithm', 'signs from', 'ends', 'key id'];

async function show(queries: Queries, purpose?: KeyPurpose): Promise<void> {
  const keys = (await listKeys(queries)).filter((key) => purpose === undefined || key.purpose === purpose);
  const rows = [HEADINGS, ...keys.map(toRow)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

function toRow({ kid, purpose, algorithm, state, activeFrom, retiredAt }: KeyMetadata): string[] {
  return [purpose, state, algorithm, activeFrom ?? '-', retiredAt ?? '-', kid];
}
