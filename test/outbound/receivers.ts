import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A server on loopback that ends, with all its connections, when it is disposed. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Connections that are open. */
  readonly open: number;
}

export interface ListenOptions {
  readonly host?: string;
  readonly port?: number;
  readonly scheme?: 'http' | 'https';
}

/** Answers requests as an HTTP server does. */
export function httpReceiver(listener: RequestListener, options?: ListenOptions): Promise<Receiver> {
  return listen(createHttpServer(listener), options);
}

/** Does with each connection whatever the test says, byte for byte. */
export function rawReceiver(onConnection: (socket: Socket) => void, options?: ListenOptions) {
  return listen(
    createServer((socket) => {
      socket.on('error', () => socket.destroy());
      onConnection(socket);
    }),
    options,
  );
}

export async function listen(server: Server, options: ListenOptions = {}): Promise<Receiver> {
  const { host = '127.0.0.1', port: wanted = 0, scheme = 'http' } = options;
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(wanted, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://${host}:${port}/hook`,
    port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Calls back once with the head of a request and what came of its body with it. */
export function onRequest(socket: Socket, callback: (text: string) => void): void {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (!text.includes('\r\n\r\n')) return;
    const whole = text;
    text = '';
    callback(whole);
  });
}
