import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to PostgreSQL on which it is counted how often somebody waits for an answer before going on. */
export interface CountedWay extends AsyncDisposable {
  readonly url: string;
  /** Round trips since the last time this was asked. */
  readonly take: () => number;
}

/** Long enough for a client to have sent all that it sends without waiting. */
const HELD_BACK = 30;

/** Answers come a little late, so that what is sent in one go is not mistaken for two. */
export async function openCountedWay(url: string): Promise<CountedWay> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let trips = 0;
  const server = createServer((near) => {
    const far = dial(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    let answered = true;
    near.on('data', (chunk) => {
      if (answered) trips += 1;
      answered = false;
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      setTimeout(() => {
        answered = true;
        near.write(chunk);
      }, HELD_BACK);
    });
    near.on('end', () => far.end());
    far.on('end', () => near.end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: through(target, server.address() as AddressInfo),
    take: () => {
      const taken = trips;
      trips = 0;
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** PostgreSQL listens on a unix socket in the folder that `host` names, or at an address. */
function dial(target: URL): Socket {
  const folder = target.searchParams.get('host');
  const port = target.port || target.searchParams.get('port') || '5432';
  return folder === null ? connect(Number(port), target.hostname) : connect(`${folder}/.s.PGSQL.${port}`);
}

function through(target: URL, { port }: AddressInfo): string {
  const url = new URL(`postgres://127.0.0.1:${port}${target.pathname}`);
  url.username = target.username || target.searchParams.get('user') || '';
  url.password = target.password || target.searchParams.get('password') || '';
  return url.href;
}
