/** What a service does to the next requests. */
export type Fault =
  | 'none'
  /** Takes a second longer than anybody waits. */
  | 'slow'
  /** 500. */
  | 'error'
  /** 429 with `Retry-After: 1`. */
  | 'busy'
  /** Half of the bytes that were announced, then the end of the connection. */
  | 'half'
  /** The connection is reset before an answer. */
  | 'reset'
  /** HTML of a proxy, with status 200. */
  | 'nonsense'
  /** Decisions: in another order. */
  | 'shuffled'
  /** Decisions: every other result is left out. */
  | 'missing'
  /** Decisions: each result permits, and repeats the subject of somebody else. */
  | 'foreign'
  /** Decisions: nothing could be made of the request, as Altinn says when something behind it is down. */
  | 'indeterminate';

/** A party that the stand-in knows. */
export interface StandInParty {
  /** As an event names it. */
  readonly urn: string;
  readonly name: string;
  readonly partyId: number;
  readonly partyUuid: string;
  readonly userId?: number;
  readonly dateOfBirth?: string;
  readonly mainUnit?: string;
  /** As the register is asked for it. */
  readonly urns: readonly string[];
}

/** Who may do what: every member that is there has to fit. */
export interface StandInRule {
  /** URN of a party or system user, or `urn:altinn:org:ttd`. */
  readonly who: string;
  /** Identifier of a resource; of an app `app_org_app`. */
  readonly resource: string;
  readonly actions: readonly string[];
  /** URN of the party on whose behalf; left out, for everybody and for nobody. */
  readonly party?: string;
  /** Value of any attribute of the resource category, by id. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly effect?: 'Permit' | 'Deny';
  /** Minimum authentication level. */
  readonly level?: number;
  /** An obligation of another kind. */
  readonly obligation?: string;
}

interface Attribute {
  readonly AttributeId: string;
  readonly Value: string;
  readonly IncludeInResult?: boolean;
}

interface Category {
  readonly Id: string;
  readonly Attribute: readonly Attribute[];
}

/** A request for decisions. */
export interface Body {
  readonly Request: {
    readonly AccessSubject: readonly Category[];
    readonly Action: readonly Category[];
    readonly Resource: readonly Category[];
    readonly MultiRequests: {
      readonly RequestReference: readonly { readonly ReferenceId: readonly string[] }[];
    };
  };
}

export interface Table {
  readonly fault: Fault;
  readonly rules: readonly StandInRule[];
  readonly parties: readonly StandInParty[];
  readonly upperCase: boolean;
}

/** A resource of this name makes the whole request worthless, as one without a policy does at Altinn. */
export const UNTHINKABLE = 'unthinkable';

/** One of this name has the whole request refused with 400. */
export const UNREADABLE = 'unreadable';

const CATEGORY = {
  subject: 'urn:oasis:names:tc:xacml:1.0:subject-category:access-subject',
  action: 'urn:oasis:names:tc:xacml:3.0:attribute-category:action',
  resource: 'urn:oasis:names:tc:xacml:3.0:attribute-category:resource',
};

/** Answers a request for decisions, in Altinn's way, faults of the answer included. */
export function decideAll({ Request: request }: Body, table: Table): object {
  const questions = request.MultiRequests.RequestReference.map(({ ReferenceId: ids }) => ({
    subject: request.AccessSubject.find((one) => ids.includes(one.Id))?.Attribute ?? [],
    action: request.Action.find((one) => ids.includes(one.Id))?.Attribute ?? [],
    resource: request.Resource.find((one) => ids.includes(one.Id))?.Attribute ?? [],
  }));
  const isLost = questions.some((one) => one.resource.some(({ Value }) => Value === UNTHINKABLE));
  if (isLost) return spell({ response: [nothing('processing-error')] }, table.upperCase);
  if (table.fault === 'indeterminate') return { response: [nothing('syntax-error')] };
  const results = questions.map((one) => decide(one, table));
  return spell({ response: spoil(results, table.fault) }, table.upperCase);
}

interface Question {
  readonly subject: readonly Attribute[];
  readonly action: readonly Attribute[];
  readonly resource: readonly Attribute[];
}

interface Result {
  readonly decision: string;
  readonly status: object;
  readonly obligations?: object[];
  readonly category?: object[];
}

function decide(question: Question, { rules, parties }: Table): Result {
  const value = (id: string) => question.resource.find((one) => one.AttributeId === id)?.Value;
  const app = `app_${value('urn:altinn:org')}_${value('urn:altinn:app')}`;
  const who = question.subject.flatMap((one) => known(one, parties));
  const party = question.resource.flatMap((one) => known(one, parties));
  const fits = (rule: StandInRule) =>
    who.includes(rule.who) &&
    rule.resource === (value('urn:altinn:resource') ?? app) &&
    rule.actions.includes(question.action[0]?.Value ?? '') &&
    (rule.party === undefined || party.includes(rule.party)) &&
    Object.entries(rule.attributes ?? {}).every(([id, text]) => value(id) === text);
  const fitting = rules.filter(fits);
  const deny = fitting.find((rule) => rule.effect === 'Deny');
  const permit = deny ? undefined : fitting[0];
  return {
    decision: deny ? 'Deny' : permit ? 'Permit' : 'NotApplicable',
    status: { statusCode: { value: 'urn:oasis:names:tc:xacml:1.0:status:ok' } },
    ...(permit && { obligations: obligations(permit) }),
    category: Object.entries(CATEGORY).map(([part, categoryId]) => ({
      categoryId,
      attribute: question[part as keyof Question]
        .filter((one) => one.IncludeInResult === true)
        .map(({ AttributeId: attributeId, Value: text }) => ({ attributeId, value: text })),
    })),
  };
}

/** The URN of whoever an attribute names. */
function known({ AttributeId: id, Value: value }: Attribute, parties: readonly StandInParty[]): string[] {
  const is = (party: StandInParty) =>
    (id === 'urn:altinn:userid' && String(party.userId) === value) ||
    (id === 'urn:altinn:partyid' && String(party.partyId) === value) ||
    (id === 'urn:altinn:party:uuid' && party.partyUuid === value);
  return [`${id}:${value}`, ...parties.filter(is).map(({ urn }) => urn)];
}

function obligations({ level, obligation }: StandInRule): object[] {
  const assigned = (category: string, value: string) => ({
    id: 'urn:altinn:obligation:authenticationLevel1',
    attributeAssignment: [{ attributeId: 'urn:altinn:obligation1-assignment1', category, value }],
  });
  return [
    ...(level === undefined ? [] : [assigned('urn:altinn:minimum-authenticationlevel', String(level))]),
    ...(obligation === undefined ? [] : [assigned(obligation, '1')]),
  ];
}

function nothing(status: string): Result {
  const value = `urn:oasis:names:tc:xacml:1.0:status:${status}`;
  return { decision: 'Indeterminate', status: { statusCode: { value } } };
}

function spoil(results: readonly Result[], fault: Fault): readonly Result[] {
  if (fault === 'shuffled') return results.toReversed();
  if (fault === 'missing') return results.filter((_, index) => index % 2 === 1);
  if (fault !== 'foreign') return results;
  // Its own event id, but a stranger's subject.
  const attribute = [{ attributeId: 'urn:altinn:userid', value: '1' }];
  return results.map((result) => {
    const [, ...rest] = result.category ?? [];
    const category = [{ categoryId: CATEGORY.subject, attribute }, ...rest];
    return { ...result, decision: 'Permit', category };
  });
}

/** Member names as the internal endpoint writes them. */
function spell(value: unknown, upperCase: boolean): object {
  const respell = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(respell);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(
      Object.entries(one).map(([name, each]) => [name[0]?.toUpperCase() + name.slice(1), respell(each)]),
    );
  };
  return (upperCase ? respell(value) : value) as object;
}
