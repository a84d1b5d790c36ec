import { randomUUID } from 'node:crypto';
import { PERSON, type PartyAttribute, PARTY_UUID } from '../party-identifiers.ts';
import type { AccessDecision, AccessQuestion, DecisionPoint, Register } from '../ports.ts';
import { areUnderstood, minimumLevel } from '../xacml/minimum-level.ts';
import { type RemoteDecision, readDecisions } from './decision-answer.ts';
import { decisionDocument } from './decision-document.ts';
import { type DecisionQuestion, keyOf, partyOfQuestion, toDecisionQuestion } from './decision-question.ts';
import { type Found, Lookup } from './lookup.ts';
import { NotTaken, type RemoteService } from './remote-service.ts';

export interface AltinnDecisionPointOptions {
  /** Altinn Authorization. */
  readonly service: RemoteService;
  readonly register: Register;
  /** Milliseconds that a decision may be used for; 0 asks every time. */
  readonly maxAge: number;
  readonly now: () => number;
}

const AUTHORIZE = '/authorization/api/v1/authorize';
const BATCH = { batchMost: 100, requestsMost: 8 };
/** Milliseconds in which a decision just made may be acted upon, however short its age: a connection takes time. */
const ACT_MS = 2000;

/**
 * Decides by asking Altinn Authorization (Altinn Events, "requests to the decision point"). Only the literal Permit
 * permits, and only when its obligations are met. Decisions are remembered under everything that was asked; the
 * authentication level is not asked but compared, for every identity anew.
 *
 * `because` is `permitted`, or why not: `denied`, `no-rule`, `indeterminate`, `obligation-not-understood`,
 * `level-too-low`.
 */
export class AltinnDecisionPoint implements DecisionPoint {
  readonly #options: AltinnDecisionPointOptions;
  readonly #decisions: Lookup<DecisionQuestion, RemoteDecision>;

  constructor(options: AltinnDecisionPointOptions) {
    this.#options = options;
    this.#decisions = new Lookup({
      ...{ ...BATCH, keyOf, now: options.now, joinsSent: options.maxAge > 0 },
      lifetimeOf: () => options.maxAge,
      ask: (questions) => this.#ask(questions),
    });
  }

  /** @throws Failure `decision-unavailable` when one of them cannot be decided */
  decide(questions: readonly AccessQuestion[]): Promise<AccessDecision[]> {
    return Promise.all(questions.map((question) => this.#decide(question)));
  }

  async #decide(question: AccessQuestion): Promise<AccessDecision> {
    const asked = toDecisionQuestion(question, await this.#partyOf(question));
    const { maxAge, now } = this.#options;
    const known = this.#decisions.recall(keyOf(asked));
    const found: Found<RemoteDecision> = known ?? (await this.#decisions.find(asked));
    const ends = found.askedAt + maxAge;
    const validUntil = known ? ends : Math.max(ends, now() + ACT_MS);
    return { ...judge(found.answer, question), validUntil };
  }

  /**
   * Altinn does not take a person's number for the party, so that person is named by the party's UUID; one whom the
   * register does not know is left out, and then only rules that ask for no party can permit.
   */
  async #partyOf(question: AccessQuestion): Promise<PartyAttribute | undefined> {
    const party = partyOfQuestion(question);
    if (party?.[0] !== PERSON) return party;
    const record = await this.#options.register.party(party.join(':'));
    return record && [PARTY_UUID, record.partyUuid];
  }

  /**
   * One question that Altinn cannot make sense of leaves a whole request without answers, or has it refused. Those left
   * over are asked again, half at a time, until it stands alone.
   */
  async #ask(questions: readonly DecisionQuestion[]): Promise<ReadonlyMap<string, RemoteDecision>> {
    const { body, questions: asked } = decisionDocument(questions, randomUUID());
    const answered = await this.#options.service
      .ask({ path: AUTHORIZE, body }, (json) => readDecisions(json, asked))
      .catch((thrown: unknown) => {
        const isOneTooMany =
          thrown instanceof Error && thrown.cause instanceof NotTaken && questions.length > 1;
        if (!isOneTooMany) throw thrown;
        return new Map<string, RemoteDecision>();
      });
    const left = questions.filter((question) => !answered.has(keyOf(question)));
    if (left.length === 0 || questions.length === 1) return answered;
    const half = Math.ceil(left.length / 2);
    const halves = [left.slice(0, half), left.slice(half)].filter((one) => one.length > 0);
    const further = await Promise.allSettled(halves.map((one) => this.#ask(one)));
    return new Map([
      ...answered,
      ...further.flatMap((one) => (one.status === 'fulfilled' ? [...one.value] : [])),
    ]);
  }
}

function judge({ decision, obligations }: RemoteDecision, { identity }: AccessQuestion): AccessDecision {
  if (decision === 'NotApplicable') return refused('no-rule');
  if (decision === 'Indeterminate') return refused('indeterminate');
  if (decision !== 'Permit') return refused('denied');
  if (!areUnderstood(obligations)) return refused('obligation-not-understood');
  const level = minimumLevel(obligations, identity.org !== undefined);
  if (identity.level >= level) return { permitted: true, because: 'permitted' };
  return { permitted: false, because: 'level-too-low', levelTooLow: true };
}

function refused(because: string): AccessDecision {
  return { permitted: false, because };
}
