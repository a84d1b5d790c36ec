import { readFile, writeFile } from 'node:fs/promises';
import { parse, print, visit } from 'graphql';

/**
 * Writes contracts/dialogporten.graphql: the published SDL as it must be served, without its prose. Run it when the
 * pinned version of the schema package moves; a test compares what is served with the package.
 */
const published = await readFile('node_modules/@digdir/dialogporten-schema/schema.verified.graphql', 'utf8');
const { version } = JSON.parse(
  await readFile('node_modules/@digdir/dialogporten-schema/package.json', 'utf8'),
) as { version: string };
const bare = visit(parse(published.replace(/^\uFEFF/, '')), {
  enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
});
await writeFile(
  'contracts/dialogporten.graphql',
  `# The structure of Dialogporten's published GraphQL schema, ${version}. Generated: npx tsx scripts/contract.ts\n\n${print(bare)}\n`,
);
