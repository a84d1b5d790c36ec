/** The value below which this share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The spread, for a row's name. */
export function describe(values: readonly number[]): string {
  const rounded = (value: number) => value.toPrecision(3);
  return `${values.length} pairs, ${rounded(Math.min(...values))} to ${rounded(Math.max(...values))}`;
}
