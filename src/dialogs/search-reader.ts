import type { AccessDecision, AccessQuestion, AuthorizedParty, Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import { decideAll } from './access.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import type { ListedDialog } from './search-queries.ts';

/** A dialog that the reader may know of. */
export interface Shown {
  readonly dialog: ListedDialog;
  /** The reader may know of the dialog, but not at this authentication level. */
  readonly levelTooLow: boolean;
}

/** Parties that a list is read of when none is named. */
const MOST_PARTIES = 10_000;

/**
 * Whom lists are shown to. A right on a pair of party and resource is enough for all dialogs of that pair, and is asked
 * for once; where there is none, those dialogs are asked for that were delegated one by one.
 */
export class Reader {
  readonly #dialogs: DialogsOptions;
  readonly #identity: Identity;
  readonly #pairs = new Map<string, AccessDecision>();
  #parties: Promise<readonly AuthorizedParty[]> | undefined;

  constructor(dialogs: DialogsOptions, identity: Identity) {
    this.#dialogs = dialogs;
    this.#identity = identity;
  }

  /**
   * URNs of everybody whom the reader may act for, units of organisations too. Throws `rule-broken` when they are too many
   * for one list.
   */
  async parties(): Promise<readonly string[]> {
    const authorized = await this.#authorized();
    const named = authorized.filter(({ onlyForUnits }) => !onlyForUnits).map(({ urn }) => urn);
    const parties = [...new Set(named)];
    if (parties.length > MOST_PARTIES) {
      throw new Failure('rule-broken', { fields: { party: ['must be given: you may act for too many'] } });
    }
    return parties;
  }

  /** Those of the dialogs that the reader may know of. Throws `decision-unavailable` when no decision can be had. */
  async judge(found: readonly ListedDialog[]): Promise<Shown[]> {
    await this.#judgePairs(found);
    const instances = await this.#judgeInstances(found.filter((dialog) => !isKnown(this.#ofPair(dialog))));
    return found.flatMap((dialog) => {
      const decision = instances.get(dialog.id) ?? this.#ofPair(dialog);
      return isKnown(decision) ? [{ dialog, levelTooLow: decision?.levelTooLow ?? false }] : [];
    });
  }

  async #judgePairs(found: readonly ListedDialog[]): Promise<void> {
    const unknown = new Map(found.map((dialog) => [pairOf(dialog), dialog]));
    for (const pair of this.#pairs.keys()) unknown.delete(pair);
    const decisions = await this.#decide([...unknown.values()].map((dialog) => this.#question(dialog)));
    for (const [index, pair] of [...unknown.keys()].entries()) this.#pairs.set(pair, decisions[index]!);
  }

  async #judgeInstances(denied: readonly ListedDialog[]): Promise<ReadonlyMap<string, AccessDecision>> {
    if (denied.length === 0) return new Map();
    const delegated = new Set((await this.#authorized()).flatMap(({ instances }) => instances.map(idOf)));
    const dialogs = denied.filter(({ id }) => delegated.has(id));
    const questions = dialogs.map((dialog) => ({ ...this.#question(dialog), instance: dialog.id }));
    const decisions = await this.#decide(questions);
    return new Map(dialogs.map(({ id }, index) => [id, decisions[index]!]));
  }

  #question({ party, serviceResource: resource }: Dialog): AccessQuestion {
    return { identity: this.#identity, action: 'read', resource, party };
  }

  async #decide(questions: readonly AccessQuestion[]): Promise<readonly AccessDecision[]> {
    return questions.length === 0 ? [] : decideAll(this.#dialogs.decide, questions);
  }

  #ofPair(dialog: Dialog): AccessDecision | undefined {
    return this.#pairs.get(pairOf(dialog));
  }

  /** The parties and their units. */
  async #authorized(): Promise<readonly AuthorizedParty[]> {
    this.#parties ??= this.#dialogs.catalogue.authorizedParties(this.#identity);
    return (await this.#parties).flatMap((party) => [party, ...party.units]);
  }
}

/** A dialog that the level hides is known of: it is shown by its texts that are not sensitive. */
function isKnown(decision: AccessDecision | undefined): boolean {
  return decision?.permitted === true || decision?.levelTooLow === true;
}

function pairOf({ party, serviceResource }: Dialog): string {
  return `${party} ${serviceResource}`;
}

function idOf({ instance }: { readonly instance: string }): string {
  return instance.toLowerCase();
}
