import type { Percentiles } from './percentiles.ts';
import type { ResultRow } from './results.ts';

function short(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function printRows(rows: readonly ResultRow[]): void {
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const { name, value, unit, holds } of rows) {
    const verdict = holds === null ? '' : holds ? '  holds' : '  VIOLATED';
    console.log(`${name.padEnd(width)} ${short(value).padStart(10)} ${unit}${verdict}`);
  }
}

/** A line for each name, with a column for each percentile. */
export function printTable(title: string, lines: ReadonlyMap<string, Percentiles>): void {
  console.log(
    `\n${title.padEnd(30)}${['p50', 'p95', 'p99', 'max'].map((rank) => rank.padStart(9)).join('')}`,
  );
  for (const [name, { p50, p95, p99, max }] of lines) {
    console.log(name.padEnd(30) + [p50, p95, p99, max].map((value) => short(value).padStart(9)).join(''));
  }
}
