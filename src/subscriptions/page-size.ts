import { Failure } from '../lib/errors.ts';

/** How many a page holds, as the query says. Throws Failure `request-invalid`. */
export function readSize(
  size: unknown,
  { default: usual, most }: { readonly default: number; readonly most: number },
): number {
  if (size === undefined) return usual;
  const number = typeof size === 'string' && /^\d{1,4}$/.test(size) ? Number(size) : 0;
  if (number >= 1 && number <= most) return number;
  throw new Failure('request-invalid', { fields: { size: [`must be a whole number from 1 to ${most}`] } });
}
