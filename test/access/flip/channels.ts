import { pause } from '../../../src/lib/time.ts';
import type { Clock } from './clock.ts';
import type { Channel, Told } from './ledger.ts';

/** Where a channel writes down what it is told. */
export interface Notebook {
  readonly clock: Clock;
  readonly told: Told[];
  readonly signal: AbortSignal;
}

/** Writes down an event or a dialog that a channel was told of. */
function note({ clock, told }: Notebook, channel: Channel, of: { party: string; id: string }): void {
  told.push({ channel, ...of, ...clock.sighting() });
}

export interface Feed {
  readonly base: string;
  readonly token: string;
  readonly resource: string;
}

/** Milliseconds between two pages when the last one was the end. */
const POLL = 30;

/** Reads the feed from now on, page after page, until the signal. */
export async function readFeed(feed: Feed, notebook: Notebook): Promise<void> {
  const { base, token, resource } = feed;
  const { signal } = notebook;
  const headers = { authorization: `Bearer ${token}` };
  let next = `${base}/events/api/v1/events?${new URLSearchParams({ after: '0', size: '1000', resource }).toString()}`;
  while (!signal.aborted) {
    const response = await fetch(next, { headers, signal });
    // The answer has begun: what stands in it was decided before.
    const sighting = notebook.clock.sighting();
    if (response.status !== 200) throw new Error(`the feed answered ${response.status}`);
    const events = (await response.json()) as { id: string; subject: string }[];
    for (const { id, subject } of events)
      notebook.told.push({ channel: 'feed', id, party: subject, ...sighting });
    next = response.headers.get('next') ?? '';
    if (events.length === 0) await pause(POLL, signal);
  }
}

export interface Watch {
  readonly base: string;
  readonly party: string;
  readonly dialog: string;
  /** A dialog token that is still good for a while. */
  readonly dialogToken: () => Promise<string>;
}

/** Milliseconds before a stream that has ended is opened again. */
const REOPEN = 50;

/** Keeps a live stream open, again and again, until the signal; what it says is written down. */
export async function watchDialog(
  { base, party, dialog, dialogToken }: Watch,
  notebook: Notebook,
): Promise<void> {
  const { signal } = notebook;
  const query = `subscription { dialogEvents(dialogId: "${dialog}") { id type } }`;
  while (!signal.aborted) {
    const response = await fetch(`${base}/dialogporten/graphql`, {
      ...{ method: 'POST', signal, body: JSON.stringify({ query }) },
      headers: {
        authorization: `Bearer ${await dialogToken()}`,
        accept: 'text/event-stream',
        'content-type': 'application/json',
      },
    });
    if (response.status !== 200) throw new Error(`the stream answered ${response.status}`);
    const decoder = new TextDecoder();
    for await (const part of response.body ?? []) {
      const frames = decoder.decode(part, { stream: true }).match(/event: next/g) ?? [];
      for (const _ of frames) note(notebook, 'live', { party, id: dialog });
    }
    await pause(REOPEN, signal);
  }
}
