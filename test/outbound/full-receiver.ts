import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { pause } from '../../src/lib/time.ts';

/** Listens with room for one connection and then never runs again, so that nothing is ever accepted. */
const LISTEN_AND_FREEZE = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });`;

const MOST_FILLERS = 16;

/** A receiver to which the kernel completes no further connection: its queue is full and nobody takes from it. */
export async function fullReceiver(): Promise<AsyncDisposable & { readonly url: string }> {
  const worker = new Worker(LISTEN_AND_FREEZE, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  const fillers: Socket[] = [];
  for (let full = false; !full && fillers.length < MOST_FILLERS; ) {
    const filler = connect(port, '127.0.0.1');
    fillers.push(filler);
    full = await Promise.race([once(filler, 'connect').then(() => false), pause(100).then(() => true)]);
  }
  return {
    url: `http://127.0.0.1:${port}/hook`,
    [Symbol.asyncDispose]: async () => {
      for (const filler of fillers) filler.on('error', () => undefined).destroy();
      await worker.terminate();
    },
  };
}
