import type { ServerResponse } from 'node:http';
import { pause } from '../../src/lib/time.ts';
import type { Random } from '../stress/random.ts';

/** One request that waits for its answer. `answers` notes that a status goes out now. */
export interface Exchange {
  readonly response: ServerResponse;
  readonly answers: (status: number) => void;
  readonly random: Random;
}

/** What a receiver does with a request whose body it has read. */
export type Manner = (exchange: Exchange) => void | Promise<void>;

const STATUS_LINE = 'HTTP/1.1 200 OK\r\n';
/** Milliseconds between two drops; the limits of the servers under test are below the sum. */
const DRIP_MS = 120;
const DROPS = 20;

export function answer(status: number): Manner {
  return ({ response, answers }) => {
    answers(status);
    response.writeHead(status).end();
  };
}

/** Takes the event and the connection with it: the sender cannot know. */
const resetAfter: Manner = ({ response }) => {
  response.socket?.resetAndDestroy();
};

const hang: Manner = () => undefined;

/** Headers that never end. */
const drip: Manner = async ({ response: { socket } }) => {
  if (!socket) return;
  socket.write(STATUS_LINE);
  for (let drop = 0; drop < DROPS; drop++) {
    if (socket.writable) socket.write(`x-drop-${drop}: 1\r\n`);
    await pause(DRIP_MS);
  }
  socket.destroy();
};

/** Announces more than it sends. */
const sendsLess: Manner = ({ response, answers }) => {
  answers(200);
  response.socket?.end(`${STATUS_LINE}content-length: 50\r\n\r\nhalf`);
};

/** Sends more than it announces. */
const sendsMore: Manner = ({ response, answers }) => {
  answers(200);
  response.socket?.end(`${STATUS_LINE}content-length: 2\r\n\r\nokand more`);
};

const FLAPS: readonly Manner[] = [answer(200), answer(500), answer(503), resetAfter];

const flap: Manner = (exchange) => FLAPS[exchange.random.below(FLAPS.length)]!(exchange);

/** By name, everything that a receiver does wrong once it has read a request. */
export const MISBEHAVIOUR = {
  'reset after processing': resetAfter,
  hang,
  drip,
  'sends less than it says': sendsLess,
  'sends more than it says': sendsMore,
  flap,
  refuse: answer(500),
} as const satisfies Record<string, Manner>;

export type Misbehaviour = keyof typeof MISBEHAVIOUR;
