import { AccessIndex, type KnownAccess } from '../access/access-index.ts';
import { explain } from '../access/explain.ts';
import { ORG, ORGANIZATION, PERSON, partyAttribute, SYSTEM_USER } from '../access/party-identifiers.ts';
import type { AccessQuestion, Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import { openLog } from '../lib/log.ts';
import { explanationText } from './explanation-text.ts';
import { readAccess } from './read-access.ts';

export interface PolicyExplainOptions {
  readonly resource: string;
  readonly subject: string;
  readonly action: string;
  readonly party?: string;
  readonly instance?: string;
  /** Further attributes of the resource, as `id=value`. */
  readonly attribute?: readonly string[];
  readonly level: string;
  /** A registry folder; the database when left out. */
  readonly registry?: string;
}

/** `budstikka policy explain`: the decision, what it rests on, and what would be needed. */
export async function policyExplain(options: PolicyExplainOptions): Promise<void> {
  const known = new AccessIndex(openLog({ level: 'error' }));
  known.apply(await readAccess(options.registry));
  const question = questionOf(options, known);
  console.log(explanationText(question, explain(question, known)));
}

/** The question as the options put it. Throws Failure('request-invalid') naming the option. */
export function questionOf(options: PolicyExplainOptions, known: KnownAccess): AccessQuestion {
  const { resource, action, party, instance, attribute = [] } = options;
  if (!/^[0-4]$/.test(options.level)) throw refusal('--level', 'must be 0, 1, 2, 3 or 4');
  return {
    identity: { ...whoIs(options.subject, known), scopes: [], level: Number(options.level) },
    ...{ resource, action, party, instance },
    attributes: attribute.map(toAttribute),
  };
}

function toAttribute(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw refusal('--attribute', 'must be an attribute id and its value: urn:altinn:task=Task_1');
  return [text.slice(0, at), text.slice(at + 1)];
}

type Who = Omit<Identity, 'scopes' | 'level'>;

/** Whose token such a subject stands for. */
function whoIs(subject: string, known: KnownAccess): Who {
  const [id, value] = partyAttribute(subject) ?? ['', ''];
  const owner = numberOf(known.party(subject)?.owner);
  switch (id) {
    case PERSON:
      return { pid: value };
    case ORGANIZATION:
      return { orgNumber: value };
    case SYSTEM_USER:
      return { systemUser: { id: value, orgNumber: owner ?? '' } };
    case ORG:
      return { org: value.toLowerCase(), orgNumber: numberOf(known.party(subject)?.urn) };
    default:
      throw refusal(
        '--subject',
        `must be a person (${PERSON}:…), an organisation (${ORGANIZATION}:…), a system user (${SYSTEM_USER}:…) or a service owner (${ORG}:…)`,
      );
  }
}

function numberOf(urn: string | undefined): string | undefined {
  return urn === undefined ? undefined : partyAttribute(urn)?.[1];
}

function refusal(option: string, fault: string): Failure {
  return new Failure('request-invalid', {
    detail: 'The question cannot be asked.',
    fields: { [option]: [fault] },
  });
}
