import { Database } from '../../src/db/database.ts';
import { toError } from '../../src/lib/errors.ts';
import { openLog } from '../../src/lib/log.ts';
import { Receiver } from '../../test/support/receiver.ts';
import { type Actors, castActors } from './actors.ts';
import type { Caller } from './caller.ts';
import { SERVICE } from './dialogs.ts';
import { type Grant, openTaxAgencyGrant } from './grant.ts';
import { type Filter, Inbox } from './inbox.ts';
import type { Line, Narrator } from './narrator.ts';

/** A usage example. It throws when it cannot go on. */
export interface Scenario {
  readonly title: string;
  play(stage: Stage): Promise<void>;
}

/** What a scenario is played with. */
export interface Stage {
  readonly base: string;
  readonly actors: Actors;
  readonly database: Database;
  /** Lets the tax agency subscribe to the service, which is not its own. */
  readonly taxAgencyGrant: Grant;
  /** Milliseconds that something may take to happen. */
  readonly patience: number;
  /** Aborted when nobody wants to see more: a scenario then ends at the next thing that it would tell. */
  readonly signal: AbortSignal;
  /** Subscribes with an address of its own, to `SERVICE` unless the filter says otherwise. */
  subscribe(subscriber: Caller, filter: Partial<Filter>): Promise<Inbox>;
  begins(title: string): void;
  /** Tells what somebody has done, or that something was so: `holds` false is a failure. */
  tell(who: string, what: string, holds?: boolean): void;
  /** Tells that somebody has heard of a change, and when. */
  heard(who: string, what: string, when: { readonly at: number; readonly committedAt: number }): void;
}

export interface StageOptions {
  /** Origin of a platform in development mode with the example registry. */
  readonly base: string;
  readonly databaseUrl: string;
  readonly narrator: Narrator;
  readonly patience?: number;
  readonly signal?: AbortSignal;
}

/** Opens a receiver, a pool of the platform's database, and gets everybody a token. */
export async function openStage(options: StageOptions): Promise<Stage & AsyncDisposable> {
  const { base, narrator, patience = 10_000, signal = new AbortController().signal } = options;
  const actors = await castActors(base);
  const database = openDatabase(options.databaseUrl);
  const taxAgencyGrant = await openTaxAgencyGrant(database);
  const receiver = await Receiver.open();
  const show = (line: Line) => {
    signal.throwIfAborted();
    narrator.shows(line);
  };
  let inboxes = 0;
  return {
    ...{ base, actors, database, taxAgencyGrant, patience, signal },
    subscribe: (subscriber, filter) =>
      Inbox.open(
        { receiver, subscriber, patience, path: `/inbox/${++inboxes}` },
        { resourceFilter: SERVICE, ...filter },
      ),
    begins: (title) => narrator.begins(title),
    tell: (who, what, holds = true) => show({ who, what, holds }),
    heard: (who, what, { at, committedAt }) =>
      show({ who, what, holds: true, milliseconds: at - committedAt }),
    [Symbol.asyncDispose]: async () => {
      await receiver[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Plays to the end or to the first thing without which nothing more can be shown, which is a failure. */
export async function play(scenario: Scenario, stage: Stage): Promise<void> {
  stage.begins(scenario.title);
  try {
    await scenario.play(stage);
  } catch (thrown) {
    if (stage.signal.aborted) return;
    const { message, cause } = toError(thrown);
    stage.tell('stopped', cause === undefined ? message : `${message}: ${toError(cause).message}`, false);
  }
}

function openDatabase(url: string): Database {
  return new Database({
    url,
    maxConnections: 2,
    applicationName: 'demo',
    log: openLog({ level: 'warn' }),
    connectTimeout: 5000,
    statementTimeout: 10_000,
  });
}
