import type { AccessState } from './access-state.ts';
import { answer } from './answer.ts';
import type { AccessDecision, AccessQuestion, DecisionPoint, Identity } from './ports.ts';
import { type Subject, subjectOf } from './subject.ts';

/** Milliseconds that registry, register and grants in memory may be old when a decision is made from them. */
const MAX_AGE = 250;

/**
 * Decides by the policies of the registry, from memory: no decision is kept, and nothing is waited for while the state
 * is recent. When nobody has confirmed it for `maxAge` milliseconds it is read first, so that no caller decides by what
 * was true before the process stood still or the database was slow.
 *
 * Nobody may do anything unless a rule permits it or it was delegated to them. `because` is the RuleId or `delegation`,
 * or why not: `no-such-resource`, `policy-unreadable`, `no-rule`, `level-too-low`, the RuleId of a rule that denies,
 * `obligation-not-understood`, or `indeterminate` when the policy asks for what the request does not have.
 */
export function createLocalDecisionPoint(state: AccessState, maxAge = MAX_AGE): DecisionPoint {
  return new LocalDecisionPoint(state, maxAge);
}

class LocalDecisionPoint implements DecisionPoint {
  readonly #state: AccessState;
  readonly #maxAge: number;
  /** Who an identity is, by access version: the one thing that is remembered, and only while nothing has changed. */
  readonly #subjects = new WeakMap<Identity, { readonly version: number; readonly subject: Subject }>();

  constructor(state: AccessState, maxAge: number) {
    this.#state = state;
    this.#maxAge = maxAge;
  }

  decide(questions: readonly AccessQuestion[]): AccessDecision[] | Promise<AccessDecision[]> {
    if (this.#state.isFresh(this.#maxAge)) return this.#decide(questions);
    return this.#state.freshen(this.#maxAge).then(() => this.#decide(questions));
  }

  #decide(questions: readonly AccessQuestion[]): AccessDecision[] {
    return questions.map(
      (question) => answer(question, this.#state, this.#subject(question.identity)).decision,
    );
  }

  #subject(identity: Identity): Subject {
    const { version } = this.#state;
    const known = this.#subjects.get(identity);
    if (known?.version === version) return known.subject;
    const subject = subjectOf(identity, this.#state);
    this.#subjects.set(identity, { version, subject });
    return subject;
  }
}
