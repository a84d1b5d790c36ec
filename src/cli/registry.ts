import type { Command } from 'commander';
import { type ChangeCounts, applyRegistry } from '../access/registry/apply.ts';
import { readRegistryFolder } from '../access/registry/folder.ts';
import { registryExport } from './registry-export.ts';
import { withDatabase } from './with-database.ts';

/** `budstikka registry check|apply|export`. */
export function addRegistryCommands(program: Command): void {
  const registry = program.command('registry').description('service resources, policies, parties and grants');
  registry
    .command('check')
    .description('read a folder and name every fault, changing nothing')
    .argument('<folder>')
    .action(check);
  registry
    .command('apply')
    .description('make the database say what a folder says; what is not in it goes')
    .argument('<folder>')
    .action(apply);
  registry
    .command('export')
    .description('write what the database says as a folder that can be applied')
    .argument('<folder>')
    .action((folder: string) => registryExport(folder));
}

async function check(folder: string): Promise<void> {
  const { resources, parties, grants } = await readRegistryFolder(folder);
  console.log(
    `${folder}: ${resources.length} resources, ${parties.length} parties, ${grants.length} grants, no faults.`,
  );
}

/** Processes that run take it in when they next read the log, within a second. */
async function apply(folder: string): Promise<void> {
  const snapshot = await readRegistryFolder(folder);
  const applied = await withDatabase(({ database }) => applyRegistry(database, snapshot, 'command line'));
  console.log(`resources  ${told(applied.resources)}`);
  console.log(`parties    ${told(applied.parties)}`);
  console.log(`grants     ${told(applied.grants)}`);
}

function told({ added, changed, removed }: ChangeCounts): string {
  return `${added} added, ${changed} changed, ${removed} removed`;
}
