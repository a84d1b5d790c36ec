import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Event = Readonly<Record<string, unknown>>;

/** An endpoint that answers handshakes only when it is told to, and writes down everything. */
export interface Door extends AsyncDisposable {
  readonly url: string;
  /** Events of handshakes, answered or not. */
  readonly knocks: Event[];
  /** All other events, in the order of arrival. */
  readonly events: Event[];
  /** From now on handshakes get this status. */
  answer(status: number): void;
}

export async function openDoor(): Promise<Door> {
  const [knocks, events]: [Event[], Event[]] = [[], []];
  let status = 500;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const event = JSON.parse(text) as Event;
      const isKnock = event['type'] === 'platform.events.validatesubscription';
      (isKnock ? knocks : events).push(event);
      response.writeHead(isKnock ? status : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    ...{ knocks, events },
    answer: (given) => (status = given),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
