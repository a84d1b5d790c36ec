import type { Contract } from './contract.ts';
import { type OperationRecord, PROBLEM } from './ledger.ts';
import { MADE, UNMET, UNSEEN } from './reasons.ts';
import { propertiesOf } from './walk.ts';

type Reasons = readonly (readonly [pattern: RegExp, reason: string])[];

/** What came of all requests. */
export interface Report {
  readonly rows: readonly Row[];
  /** What is missing and has no reason; empty when the contract is kept. */
  readonly failures: readonly string[];
  /** What is missing or made by the server, by its reason. */
  readonly explained: ReadonlyMap<string, readonly string[]>;
}

export interface Row {
  readonly operation: string;
  readonly requests: number;
  readonly statuses: readonly number[];
  readonly asked: Share;
  readonly answered: Share;
  readonly holds: boolean;
}

interface Share {
  readonly seen: number;
  readonly all: number;
}

/** Judges what was seen: everything is there, or has a reason; and every reason is needed. */
export function judge(contract: Contract, records: readonly OperationRecord[]): Report {
  const explained = new Map<string, string[]>();
  const failures: string[] = [];
  const explain = (reasons: Reasons, what: string, failure: string) => {
    const [, reason] = reasons.find(([pattern]) => pattern.test(what)) ?? [];
    if (reason === undefined) return failures.push(failure);
    return explained.set(reason, [...(explained.get(reason) ?? []), what]);
  };
  const rows = records.map((record) => {
    const before = failures.length;
    for (const fault of record.faults) failures.push(`${record.operation.id}: ${fault}`);
    judgeRecord(record, explain);
    return rowOf(record, failures.length === before);
  });
  for (const { path } of propertiesOf(contract, PROBLEM)) {
    const isSeen = records.some(({ problem }) => problem.has(path));
    if (!isSeen) explain(UNSEEN, `ProblemDetails ${path}`, `ProblemDetails: ${path} was never answered`);
  }
  for (const [pattern, reason] of [...MADE, ...UNSEEN, ...UNMET]) {
    if (!explained.has(reason)) failures.push(`nothing needs the reason "${reason}" (${pattern.source})`);
  }
  return { rows, failures, explained };
}

type Explain = (reasons: Reasons, what: string, failure: string) => unknown;

function judgeRecord(record: OperationRecord, explain: Explain): void {
  const { id } = record.operation;
  for (const name of record.askable) {
    if (!record.asked.has(name)) explain([], name, `${id}: ${name} was never asked with`);
  }
  for (const { path } of record.answerable) {
    const what = `${id} ${path}`;
    const origin = record.answered.get(path);
    if (origin === undefined) explain(UNSEEN, what, `${id}: ${path} was never answered`);
    if (origin === 'made')
      explain(MADE, what, `${id}: ${path} was answered with what no request had put there`);
  }
  for (const status of record.operation.answers.keys()) {
    if (!record.statuses.has(status))
      explain(UNMET, `${id} ${status}`, `${id}: ${status} was never answered`);
  }
}

function rowOf(record: OperationRecord, holds: boolean): Row {
  const { askable, answerable } = record;
  return {
    operation: record.operation.id,
    requests: record.requests,
    statuses: [...record.statuses].toSorted((one, other) => one - other),
    asked: { seen: askable.filter((name) => record.asked.has(name)).length, all: askable.length },
    answered: {
      seen: answerable.filter(({ path }) => record.answered.has(path)).length,
      all: answerable.length,
    },
    holds,
  };
}

export function print({ rows, failures, explained }: Report): void {
  const width = Math.max(...rows.map(({ operation }) => operation.length));
  console.log(`${'operation'.padEnd(width)}  requests  asked    answered  statuses`);
  for (const { operation, requests, asked, answered, statuses, holds } of rows) {
    const shares = [asked, answered].map(({ seen, all }) => `${seen}/${all}`.padEnd(8));
    const sign = holds ? ' ' : '!';
    console.log(
      `${operation.padEnd(width)} ${sign}${String(requests).padStart(8)}  ${shares.join(' ')}  ${statuses.join(' ')}`,
    );
  }
  console.log('\nMade by the server, or never answered, and why:');
  for (const [reason, what] of explained) {
    const [first] = what;
    console.log(`  ${String(what.length).padStart(4)}  ${reason}: ${first}${what.length > 1 ? ', …' : ''}`);
  }
  if (failures.length > 0)
    console.log(`\nNot as published:\n${failures.map((each) => `  ${each}`).join('\n')}`);
  const kept = rows.filter(({ holds }) => holds).length;
  console.log(`\n${kept} of ${rows.length} operations as published`);
}
