import { Failure } from '../lib/errors.ts';
import { withoutNulls } from './arguments.ts';

/** One key of an order: `{ createdAt: 'ASC' }`. */
type SortType = Readonly<Record<string, 'ASC' | 'DESC' | null>>;

/**
 * The order in the words of the rooms below: `createdAt_asc,dueAt_desc`; undefined when none is wanted. Throws
 * `request-invalid` for a key with more than one field, whose order among each other nobody could tell, or with none.
 */
export function orderText(keys: readonly SortType[] | undefined): string | undefined {
  return keys
    ?.map((key) => {
      const [[field, direction] = [], ...more] = Object.entries(withoutNulls(key));
      if (field === undefined || more.length > 0) {
        throw new Failure('request-invalid', { fields: { orderBy: ['must have one field in each object'] } });
      }
      return `${field}_${String(direction).toLowerCase()}`;
    })
    .join(',');
}

/** The order of a page in the words of the SDL, which leaves out that the id always ends it. */
export function sortTypes(order: string): SortType[] {
  return order
    .split(',')
    .map((key) => key.split('_') as [string, string])
    .filter(([field]) => field !== 'id')
    .map(([field, direction]) => ({ [field]: direction === 'asc' ? 'ASC' : 'DESC' }));
}
