/**
 * Plays the matrix of access, who by what by policy, through the whole system, and prints it.
 *
 *   npm run matrix                  every cell; a red one is not what its table says
 *   npm run matrix -- --mutate      without each rule, obligation and guard in turn: each must show a red cell
 *   npm run matrix -- --mutate WORD only those whose name holds the word
 */
import { parseArgs } from 'node:util';
import { redCells } from '../test/access/matrix/play.ts';
import { readVariants } from '../test/access/matrix/variants.ts';
import { openTestServer } from '../test/support/server.ts';
import { playAlone } from './matrix/alone.ts';
import { mutantsOf } from './matrix/mutants.ts';
import { printMatrix } from './matrix/print.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mutate: { type: 'boolean', default: false } },
});
const variants = await readVariants();
await using server = await openTestServer();
const holds = await (values.mutate ? playMutants(positionals[0] ?? '') : playOnce());
process.exitCode = holds ? 0 : 1;

async function playOnce(): Promise<boolean> {
  const played = await playAlone(server.url, { variants });
  printMatrix(played);
  const red = redCells(played).length;
  console.log(`\n${played.length} cells, ${red} red`);
  return red === 0;
}

/** Whether everything that was taken away was missed. */
async function playMutants(word: string): Promise<boolean> {
  const mutants = mutantsOf(variants).filter(({ name }) => name.includes(word));
  let missed = 0;
  for (const { name, play } of mutants) {
    const red = redCells(await play(server.url));
    const [first] = red;
    if (first) missed++;
    const cell = first && `${first.variant.resource}: ${first.cell.who}, ${first.cell.column}`;
    console.log(`${name.padEnd(42)} ${first ? `${red.length} red, such as ${cell}` : 'NOT MISSED'}`);
  }
  console.log(`\n${mutants.length} taken away, ${missed} missed`);
  return mutants.length > 0 && missed === mutants.length;
}
