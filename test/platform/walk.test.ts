import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { walk } from '../../src/cli/walk.ts';
import { startTestPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

/** What is pasted into a shell, with the base that this platform has. */
async function paste(commands: string): Promise<string> {
  const { stdout } = await run('bash', ['-c', commands.replaceAll('http://127.0.0.1:5080', platform.base)]);
  return stdout;
}

test('what the start prints can be pasted, and the dialog and its change arrive', async () => {
  const printed = walk('http://127.0.0.1:5080');
  await paste(printed.slice(printed.indexOf('B=')));
  await until('the change has arrived', async () => {
    const received = (await (await fetch(`${platform.base}/dev/receiver`)).json()) as {
      body: { type: string };
    }[];
    return received.some((one) => one.body.type === 'dialogporten.dialog.updated.v1');
  });
});

test('the walk of the README shows one change in webhook, feed and live, within milliseconds', async () => {
  const readme = await readFile('README.md', 'utf8');
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
  const commands = blocks.filter((block) => block.includes('$B') || block.startsWith('B='));
  expect(commands.length).toBeGreaterThan(0);
  const shown = await paste(commands.join('\n'));
  for (const channel of ['webhook', 'live', 'feed']) {
    expect(shown).toMatch(new RegExp(`^${channel} .* ms after the commit$`, 'm'));
  }
});
