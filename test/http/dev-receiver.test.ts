import { expect, test } from 'vitest';
import { formats } from '../../src/subscriptions/manner.ts';
import { COMPANY, SERVICE } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { openEventsEdge } from './events-edge.ts';

test('the receiver of development mode takes every format', async () => {
  await using edge = await openEventsEdge();
  const { base } = edge.platform;
  const subscribe = async (format: string) => {
    const endPoint = `${base}/dev/receiver/${format}`;
    const body = { endPoint, resourceFilter: SERVICE, subjectFilter: COMPANY, format };
    const { id } = (await edge.subscribe(edge.tokens.manager, body)).body as { id: number };
    await edge.validated(edge.tokens.manager, id);
  };
  for (const format of formats) await subscribe(format);
  await edge.createDialog();
  const received = async (format: string) =>
    (await (await fetch(`${base}/dev/receiver/${format}`)).json()) as Record<string, unknown>[];
  for (const format of formats)
    await until('handshake and event have arrived', async () => (await received(format)).length === 2);
  const [, event] = await received('batch');
  expect(event?.['body']).toEqual([expect.objectContaining({ type: 'dialogporten.dialog.created.v1' })]);
});
