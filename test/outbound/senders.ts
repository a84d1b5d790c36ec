import { createGuard } from '../../src/outbound/address-guard.ts';
import type { SendLimits } from '../../src/outbound/exchange.ts';
import type { Resolve } from '../../src/outbound/resolver.ts';
import type { Answered, Failed, SendResult } from '../../src/outbound/send-result.ts';
import { Sender, type SenderOptions, type SendRequest } from '../../src/outbound/sender.ts';

export const LIMITS: SendLimits = {
  connect: 2000,
  headers: 2000,
  body: 2000,
  total: 5000,
  keep: 1024,
  drain: 65_536,
};

const loopbackGuard = createGuard({ allowLoopback: true, allowHttp: true, allowedNetworks: [] });

const noNames: Resolve = (hostname) => Promise.reject(new Error(`${hostname} is not known here`));

/** A sender that may call loopback. */
export function openSender(options: Partial<SenderOptions> = {}): Sender {
  return new Sender({
    guard: loopbackGuard,
    resolve: noNames,
    connectionsPerOrigin: 4,
    waitingPerOrigin: 100,
    maxOrigins: 10,
    keepAlive: 4000,
    ...options,
  });
}

export function post(url: string, rest: Partial<SendRequest> = {}): SendRequest {
  return { url, headers: {}, body: '{}', mayStart: () => true, ...rest };
}

export function asAnswered(result: SendResult): Answered {
  if (result.kind !== 'answered') throw new Error(`not answered but ${JSON.stringify(result)}`);
  return result;
}

export function asFailed(result: SendResult): Failed {
  if (result.kind !== 'failed') throw new Error(`not failed but ${JSON.stringify(result)}`);
  return result;
}
