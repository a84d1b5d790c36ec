import type { Caller } from './caller.ts';
import type { Notice } from './inbox.ts';

/** What the feed is asked for (Altinn Events, "poll generic events"). */
export interface FeedQuery {
  readonly resource: string;
  readonly subject?: string;
  readonly type?: string;
}

const LARGEST_PAGE = '1000';

/** Follows `next` from the beginning of the log to its end; gives all events on the way. */
export async function readFeed(caller: Caller, query: FeedQuery): Promise<readonly Omit<Notice, 'at'>[]> {
  const events: Notice[] = [];
  const first = new URLSearchParams({ after: '0', size: LARGEST_PAGE, ...query });
  let path = `/events/api/v1/events?${first.toString()}`;
  for (;;) {
    const { body, headers } = await caller.must('GET', path);
    events.push(...(body as Notice[]));
    const next = new URL(headers.get('next') ?? '');
    // A page may be empty in the middle of the log; only a cursor that stays where it is has reached the end.
    if (next.pathname + next.search === path) return events;
    path = next.pathname + next.search;
  }
}
