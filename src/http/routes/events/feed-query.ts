import { Failure } from '../../../lib/errors.ts';
import type { FeedRequest } from '../../../reading/feed.ts';

const SIZE = { default: 50, most: 1000 };
const RESOURCE_PREFIX = 'urn:altinn:resource:';

/** The parameters of a request in their order; repeated ones stay. */
export type FeedQuery = readonly (readonly [name: string, value: string])[];

export function readQuery(url: string): FeedQuery {
  const start = url.indexOf('?');
  return start < 0 ? [] : [...new URLSearchParams(url.slice(start))];
}

/**
 * What a poll asks for, in the order of checks and with the words of the Altinn Events contract. Names count in any
 * letter case; an empty parameter counts as absent; of a repeated single one the first counts.
 *
 * @param alternativeSubject from the header, which the contract has instead of a parameter. The parameter is ours: it
 * stands in `next`, so that a client who follows the link without the header goes on reading the same.
 * @throws Failure `request-invalid`
 */
export function readFeedRequest(
  query: FeedQuery,
  alternativeSubject: string | undefined,
): Omit<FeedRequest, 'identity'> {
  const all = (name: string) =>
    query.filter(([key, value]) => key.toLowerCase() === name && value !== '').map(([, value]) => value);
  const [resource] = all('resource');
  const [after] = all('after');
  const [subject] = all('subject');
  const alternative = alternativeSubject || all('alternativesubject')[0];
  if (!resource) refuse('resource', 'The resource field is required.');
  if (!resource.startsWith(RESOURCE_PREFIX)) {
    refuse('resource', `The 'resource' parameter must begin with \`${RESOURCE_PREFIX}\``);
  }
  if (!after) refuse('after', "The 'after' parameter must be defined.");
  if (subject !== undefined && alternative !== undefined) {
    refuse('subject', "Only one of 'subject' or 'alternativeSubject' can be defined.");
  }
  const types = all('type');
  const filter = {
    resource,
    subject,
    alternativeSubject: alternative,
    types: types.length > 0 ? types : undefined,
  };
  return { after, size: readSize(all('size')[0]), filter };
}

/** Makes links to the same request from other places in the log. */
export function linkFrom(
  url: string,
  query: FeedQuery,
  { filter }: Omit<FeedRequest, 'identity'>,
): (after: string) => string {
  const rest = query.filter(([name]) => !OWN.has(name.toLowerCase()));
  if (filter.alternativeSubject) rest.push(['alternativeSubject', filter.alternativeSubject]);
  return (after) =>
    `${url}?${new URLSearchParams([['after', after], ...rest.map(([...pair]) => pair)]).toString()}`;
}

/** Parameters that a link writes anew. */
const OWN = new Set(['after', 'alternativesubject']);

function readSize(text: string | undefined): number {
  if (text === undefined) return SIZE.default;
  if (!/^[+-]?\d{1,9}$/.test(text.trim())) refuse('size', "The 'size' parameter must be a whole number.");
  const size = Number(text);
  return size < 1 ? SIZE.default : Math.min(size, SIZE.most);
}

function refuse(field: string, detail: string): never {
  throw new Failure('request-invalid', { detail, fields: { [field]: [detail] } });
}
