import type { SearchFilter } from './search-filter.ts';
import type { Order, OrderField, Place } from './search-order.ts';

export interface Search {
  readonly filter: SearchFilter;
  /** Only this organisation's dialogs, held back or expired ones included. */
  readonly owner?: string | undefined;
  readonly deleted: 'Exclude' | 'Include' | 'Only';
  /** Only what end users may see by now. */
  readonly visible: boolean;
  readonly order: Order;
  readonly after?: Place | undefined;
  readonly limit: number;
}

/** Takes a value that a statement is run with and gives what stands for it in the text. */
export type Bind = (value: unknown) => string;

type Plain = Exclude<keyof SearchFilter, 'serviceOwnerLabels'>;

const CONDITIONS: { readonly [Name in Plain]-?: (value: string) => string } = {
  party: (value) => `d.party = ANY(${value})`,
  serviceResource: (value) => `d.service_resource = ANY(${value})`,
  org: (value) => `d.org = ANY(${value})`,
  extendedStatus: (value) => `d.extended_status = ANY(${value})`,
  externalReference: (value) => `d.external_reference = ${value}`,
  status: (value) => `d.status = ANY(${value})`,
  createdAfter: (value) => `d.created_at >= ${value}`,
  createdBefore: (value) => `d.created_at <= ${value}`,
  updatedAfter: (value) => `d.updated_at >= ${value}`,
  updatedBefore: (value) => `d.updated_at <= ${value}`,
  contentUpdatedAfter: (value) => `d.content_updated_at >= ${value}`,
  contentUpdatedBefore: (value) => `d.content_updated_at <= ${value}`,
  dueAfter: (value) => `d.due_at >= ${value}`,
  dueBefore: (value) => `d.due_at <= ${value}`,
  visibleAfter: (value) => `d.visible_from >= ${value}`,
  visibleBefore: (value) => `d.visible_from <= ${value}`,
  isContentSeen: (value) => `(d.content_seen AND NOT 'MarkedAsUnopened' = ANY(d.system_labels)) = ${value}`,
  process: (value) => `d.process = ${value}`,
  systemLabel: (value) => `d.system_labels && ${value}::text[]`,
  excludeApiOnly: (value) => `NOT (d.is_api_only AND ${value})`,
};

const VISIBLE = `d.deleted_at IS NULL AND NOT (d.held AND d.visible_from > now())
  AND (d.expires_at IS NULL OR d.expires_at > now())`;

const SORTED_BY: Readonly<Record<OrderField, string>> = {
  contentUpdatedAt: 'd.content_updated_at',
  updatedAt: 'd.updated_at',
  createdAt: 'd.created_at',
  dueAt: "coalesce(d.due_at, 'infinity')",
  id: 'd.id',
};

/** ORDER BY of a list; the table is called d. */
export function orderOf(order: Order): string {
  return order
    .map(({ field, descending }) => `${SORTED_BY[field]} ${descending ? 'DESC' : 'ASC'}`)
    .join(', ');
}

/** What a list is read along: every lead has a stretch of one index, in the order of lists that say no other. */
export interface Leads {
  /** Rows, called lead. */
  readonly source: string;
  /** Whether a dialog belongs to a lead. */
  readonly match: string;
  readonly count: number;
  /** What is asked of the dialogs of a lead. */
  readonly rest: Search;
}

/** Stretches that are looked into for one page; beyond, those of the parties are, and other resources passed over. */
const MOST_PAIRS = 10_000;

/**
 * The narrowest leads. Pairs of party and resource are not asked for them again: the planner would take what is asked
 * twice for twice as rare, and sort the stretch that it should walk. For a single column it is told the very values, which
 * it knows more of than of any lead.
 */
export function leadsOf(search: Search, bind: Bind): Leads {
  const { filter, owner } = search;
  const { party, serviceResource, ...others } = filter;
  if (party && serviceResource && party.length * serviceResource.length <= MOST_PAIRS) {
    return {
      source: `(SELECT * FROM unnest(${bind(party)}::text[]) AS party,
                              unnest(${bind(serviceResource)}::text[]) AS resource) AS lead`,
      match: 'd.party = lead.party AND d.service_resource = lead.resource',
      count: party.length * serviceResource.length,
      rest: { ...search, filter: others },
    };
  }
  const [column, list] = party
    ? ['party', party]
    : serviceResource
      ? ['service_resource', serviceResource]
      : ['owner', owner === undefined ? [] : [owner]];
  return {
    source: `unnest(${bind(list)}::text[]) AS lead(value)`,
    match: `d.${column} = lead.value`,
    count: list.length,
    rest: search,
  };
}

/** What a dialog must be to stand in the list. */
export function* conditionsOf(search: Search, bind: Bind): Iterable<string> {
  const { filter, owner, deleted } = search;
  for (const [name, condition] of Object.entries(CONDITIONS) as [Plain, (value: string) => string][]) {
    const value = filter[name];
    if (value !== undefined) yield condition(bind(value));
  }
  yield* labelConditions(filter.serviceOwnerLabels ?? [], bind);
  if (owner !== undefined) yield `d.owner = ${bind(owner)}`;
  if (search.visible) yield VISIBLE;
  if (deleted !== 'Include') yield `d.deleted_at IS ${deleted === 'Only' ? 'NOT NULL' : 'NULL'}`;
}

/**
 * What stands behind the place where the page begins, as ranges without overlap: by the first key in which a dialog
 * differs from the place. Each is a range of an index; together, as one condition, they are none, and every page would
 * read all pages before it.
 */
export function rangesOf({ order, after }: Search, bind: Bind): string[] {
  const place = after?.map(bind);
  if (!place) return ['true'];
  return order.map(({ field, descending }, index) => {
    const same = order.slice(0, index).map((key, each) => `${SORTED_BY[key.field]} = ${place[each]}`);
    return [...same, `${SORTED_BY[field]} ${descending ? '<' : '>'} ${place[index]}`].join(' AND ');
  });
}

/** All of the labels. The index (dialog_owner_labels) knows whole ones only, and no dialog without labels. */
function* labelConditions(labels: readonly string[], bind: Bind): Iterable<string> {
  const texts = labels.map((label) => label.trim().toLowerCase());
  const whole = texts.filter((text) => !text.endsWith('*'));
  if (whole.length > 0) yield `d.owner_labels <> '{}' AND d.owner_labels @> ${bind(whole)}::text[]`;
  for (const text of texts.filter((each) => each.endsWith('*'))) {
    const beginning = bind(text.slice(0, -1));
    yield `EXISTS (SELECT FROM unnest(d.owner_labels) AS label(text) WHERE starts_with(label.text, ${beginning}))`;
  }
}
