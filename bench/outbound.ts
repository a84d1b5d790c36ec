/**
 * What the sender costs against a bare undici pool: the same POST to the same receiver in a process of its own, 64 in
 * flight over 32 connections, in alternating pairs. The bar is 0.9 of the pool's requests per second.
 *
 *   npx tsx bench/outbound.ts [pairs] [requests]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { createGuard } from '../src/outbound/address-guard.ts';
import { Resolver } from '../src/outbound/resolver.ts';
import { Sender } from '../src/outbound/sender.ts';

const IN_FLIGHT = 64;
const CONNECTIONS = 32;
const BAR = 0.9;
const BODY = JSON.stringify({ specversion: '1.0', id: 'x'.repeat(36), data: 'y'.repeat(420) });
const HEADERS = { 'content-type': 'application/json', 'webhook-id': 'x'.repeat(36) };
const LIMITS = { connect: 5000, headers: 5000, body: 5000, total: 10_000, keep: 1024, drain: 65_536 };

function mayStart(): boolean {
  return true;
}

interface Run {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

interface Pair {
  readonly pool: Run;
  readonly sender: Run;
}

async function measure(requests: number, post: () => Promise<number>): Promise<Run> {
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left-- > 0) if ((await post()) !== 204) throw new Error('the receiver did not answer 204');
  };
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: requests / ((performance.now() - began) / 1000),
    cpuMicros: (user + system) / requests,
  };
}

async function viaPool(pool: Pool): Promise<number> {
  const answer = await pool.request({ path: '/hook?a=1', method: 'POST', headers: HEADERS, body: BODY });
  await answer.body.dump();
  return answer.statusCode;
}

async function viaSender(sender: Sender, url: string): Promise<number> {
  const result = await sender.send({ url, headers: HEADERS, body: BODY, mayStart }, LIMITS);
  return result.kind === 'answered' ? result.status : 0;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function main(pairs: number, requests: number): Promise<void> {
  const receiver = fork(fileURLToPath(new URL('receiver.ts', import.meta.url)));
  const [port] = (await once(receiver, 'message')) as [number];
  const url = `http://127.0.0.1:${port}/hook?a=1`;
  const pool = new Pool(new URL(url).origin, { connections: CONNECTIONS, pipelining: 1 });
  const sender = new Sender({
    guard: createGuard({ allowLoopback: true, allowHttp: true, allowedNetworks: [] }),
    resolve: new Resolver({ timeout: 1000, tries: 1 }).resolve,
    connectionsPerOrigin: CONNECTIONS,
    waitingPerOrigin: 1000,
    maxOrigins: 10,
    keepAlive: 4000,
  });
  const runs: Pair[] = [];
  for (let pair = -1; pair < pairs; pair += 1) {
    const first = pair % 2 === 0;
    const early = first ? await measure(requests, () => viaSender(sender, url)) : undefined;
    const bare = await measure(requests, () => viaPool(pool));
    const ours = early ?? (await measure(requests, () => viaSender(sender, url)));
    if (pair >= 0) runs.push({ pool: bare, sender: ours });
  }
  report(runs);
  await sender[Symbol.asyncDispose]();
  await pool.close();
  receiver.kill();
}

/** The median and its 95 % interval, from the ranks that the binomial distribution gives. */
function interval(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const low = sorted[Math.max(0, Math.floor(sorted.length / 2 - reach))];
  const high = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + reach))];
  return `${median(values).toFixed(2)} (${low?.toFixed(2)} to ${high?.toFixed(2)})`;
}

function line(name: string, runs: readonly Run[]): string {
  const perSecond = median(runs.map((run) => run.perSecond)).toFixed(0);
  const cpuMicros = median(runs.map((run) => run.cpuMicros)).toFixed(1);
  return `${name} ${perSecond}/s, ${cpuMicros} CPU-µs each`;
}

function report(pairs: readonly Pair[]): void {
  const ratios = pairs.map(({ pool, sender }) => sender.perSecond / pool.perSecond);
  const cpu = pairs.map(({ pool, sender }) => sender.cpuMicros / pool.cpuMicros);
  const [bare, ours] = [pairs.map(({ pool }) => pool), pairs.map(({ sender }) => sender)];
  console.log(`${line('bare pool', bare)}\n${line('sender   ', ours)}`);
  console.log(`per second, ratio ${interval(ratios)}; CPU, ratio ${interval(cpu)}; ${pairs.length} pairs`);
  console.log(median(ratios) >= BAR ? 'holds' : 'does not hold', `(bar ${BAR})`);
}

await main(Number(process.argv[2] ?? 30), Number(process.argv[3] ?? 20_000));
