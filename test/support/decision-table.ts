import { partyOf } from '../../src/access/caller.ts';
import type { AccessDecision, AccessQuestion, DecisionPoint } from '../../src/access/ports.ts';

/** One thing that somebody may do. */
export interface Permission {
  /** URN of the person or system user. */
  readonly subject: string;
  readonly action: string;
  readonly resource: string;
  readonly party: string;
  /** Value of the further attribute that the question must carry; without it, questions with one are denied. */
  readonly attribute?: string;
  readonly level?: number;
  /** The only instance that it is about. */
  readonly instance?: string;
}

/** A decision point that permits what stands in its table and nothing else. */
export class DecisionTable implements DecisionPoint {
  readonly #permissions: Permission[] = [];
  /** Every question that was asked. */
  readonly asked: AccessQuestion[] = [];
  /** Rejects as one that cannot be reached does. */
  unreachable = false;

  permit(...permissions: Permission[]): void {
    this.#permissions.push(...permissions);
  }

  async decide(questions: readonly AccessQuestion[]): Promise<AccessDecision[]> {
    if (this.unreachable) throw new Error('the decision point cannot be reached');
    this.asked.push(...questions);
    return questions.map((question) => this.#judge(question));
  }

  #judge(question: AccessQuestion): AccessDecision {
    const rule = this.#permissions.find((permission) => applies(permission, question));
    if (!rule) return { permitted: false, because: 'no rule' };
    const levelTooLow = question.identity.level < (rule.level ?? 0);
    return { permitted: !levelTooLow, because: 'table', levelTooLow };
  }
}

function applies(permission: Permission, question: AccessQuestion): boolean {
  const [attribute] = question.attributes ?? [];
  return (
    partyOf(question.identity) === permission.subject &&
    question.action === permission.action &&
    question.resource === permission.resource &&
    question.party === permission.party &&
    attribute?.[1] === permission.attribute &&
    (permission.instance === undefined || question.instance === permission.instance)
  );
}
