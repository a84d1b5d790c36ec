import { pause } from '../../src/lib/time.ts';

/** How long works take, in milliseconds, that begin at a fixed rate and do not wait for each other. */
export async function latenciesAtRate(
  { perSecond, writes }: { readonly perSecond: number; readonly writes: number },
  work: (number: number) => Promise<unknown>,
): Promise<number[]> {
  const began = performance.now();
  const latencies: Promise<number>[] = [];
  for (let number = 0; number < writes; number++) {
    const due = began + (number * 1000) / perSecond;
    await pause(Math.max(0, due - performance.now()));
    latencies.push(took(() => work(number)));
  }
  return Promise.all(latencies);
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
