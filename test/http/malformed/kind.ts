import type { Random } from '../../access/xacml/random.ts';
import type { Contract } from './contracts.ts';
import type { WireRequest } from './wire.ts';

/** What the requests are made against. */
export interface Stage {
  readonly origin: URL;
  /** A dialog that stays, and its revision at the beginning. */
  readonly dialog: string;
  readonly revision: string;
  readonly tokens: Tokens;
}

export interface Tokens {
  /** The service owner, with the scopes of commands, searches and publishing. */
  readonly owner: string;
  /** A person who may read the company's dialogs and subscribe. */
  readonly reader: string;
  /** A platform access token of an app. */
  readonly app: string;
}

/** One request that is wrong, or may be. */
export interface Malformed {
  readonly request: WireRequest;
  /** Which contract the answer follows. */
  readonly contract: Contract;
  /** Statuses that this fault may be answered with, when they are fewer than those of the contract. */
  readonly refusedWith?: readonly number[];
  /** What follows from its success. */
  readonly leaves?: 'dialog' | 'event' | 'app-event' | 'batch' | 'subscription';
}

/** A sort of fault. */
export interface Kind {
  readonly name: string;
  /** No request of this kind is valid, whatever is drawn. */
  readonly neverValid: boolean;
  readonly make: (random: Random, stage: Stage) => Malformed;
}
