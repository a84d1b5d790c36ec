import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { asRun } from '../as-run.ts';

const BODY = JSON.stringify({ specversion: '1.0', id: 'x'.repeat(36), data: 'y'.repeat(420) });
const IN_FLIGHT = 64;
const REQUESTS = 5000;

/** CPU-µs of this process for one bare POST of an event by an undici pool, to a receiver in a process of its own. */
export async function barePost(times: number): Promise<number[]> {
  const receiver = fork(asRun(new URL('../receiver.ts', import.meta.url)));
  try {
    const [port] = (await once(receiver, 'message')) as [number];
    const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 32, pipelining: 1 });
    const costs: number[] = [];
    for (let time = -1; time < times; time++) {
      const cost = await cpuOf(pool);
      if (time >= 0) costs.push(cost);
    }
    await pool.close();
    return costs;
  } finally {
    receiver.kill();
  }
}

async function cpuOf(pool: Pool): Promise<number> {
  let left = REQUESTS;
  const post = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await pool.request({ path: '/', method: 'POST', body: BODY });
      await answer.body.dump();
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: IN_FLIGHT }, post));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REQUESTS;
}
