export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Nearest rank; NaN of none. */
export function percentiles(values: Iterable<number>): Percentiles {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) };
}

export function medianOf(values: readonly number[]): number {
  return medianInterval(values).median;
}

/** The median with its 95 % interval: order statistics, without an assumption about the distribution. */
export function medianInterval(values: readonly number[]): { median: number; low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const reach = 0.98 * Math.sqrt(sorted.length);
  const at = (rank: number) => sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? Number.NaN;
  return {
    median: at(Math.ceil(half)),
    low: at(Math.floor(half - reach)),
    high: at(Math.ceil(half + 1 + reach)),
  };
}
