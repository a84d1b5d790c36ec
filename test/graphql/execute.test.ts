import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLog } from '../../src/lib/log.ts';
import { create } from '../support/dialog-client.ts';
import { type GraphqlApp, openGraphqlApp } from './app.ts';

const lines: string[] = [];
let app: GraphqlApp;
beforeAll(async () => {
  const log = openLog({ level: 'error', destination: { write: (line) => lines.push(line) } });
  app = await openGraphqlApp({ costMost: 10_000, log });
});
afterAll(() => app[Symbol.asyncDispose]());

const dialog = (id: string) => `{ dialogById(dialogId: "${id}") { dialog { id } errors { message } } }`;

test('what has no type in the SDL is an error with its code and the trace, and is logged', async () => {
  const id = await create(app);
  app.table.unreachable = true;
  const { data, errors } = await app.ask(dialog(id));
  app.table.unreachable = false;
  expect(data).toBeNull();
  expect(errors).toMatchObject([
    { path: ['dialogById'], extensions: { code: 'decision-unavailable', traceId: expect.any(String) } },
  ]);
  const [{ traceId }] = errors!.map(({ extensions }) => extensions!) as [{ traceId: string }];
  expect(lines.filter((line) => line.includes(traceId))).toHaveLength(1);
});

test('a fault of ours is told without its words', async () => {
  const id = await create(app);
  const { dialogs } = app;
  const issue = dialogs.issueDialogToken;
  Object.assign(dialogs, { issueDialogToken: () => Promise.reject(new Error('the key 4711 is missing')) });
  const { errors } = await app.ask(dialog(id));
  Object.assign(dialogs, { issueDialogToken: issue });
  expect(errors).toMatchObject([{ extensions: { code: 'internal' } }]);
  expect(JSON.stringify(errors)).not.toContain('4711');
  expect(lines.at(-1)).toContain('4711');
});

test('an operation beyond the limit is refused before anything is done', async () => {
  const id = await create(app);
  const asked = app.table.asked.length;
  const aliases = Array.from(
    { length: 5 },
    (_, n) => `a${n}: dialogById(dialogId: "${id}") { dialog { id } }`,
  );
  const { data, errors } = await app.ask(`{ ${aliases.join(' ')} }`);
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([{ message: expect.stringContaining('10000 is the most') }]);
  expect(app.table.asked).toHaveLength(asked);
});
