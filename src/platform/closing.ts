import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Cuts the connections of an app that closes, as soon as no request is under way and after so many milliseconds in any
 * case. By itself a server waits for connections that have never carried a request, which browsers open ahead, and for
 * requests whose bodies never end.
 */
export function cutConnections(app: FastifyInstance, graceMs: number): void {
  const server: Server = app.server;
  let underWay = 0;
  let isClosing = false;
  const cutIfQuiet = (): void => {
    if (isClosing && underWay === 0) server.closeAllConnections();
  };
  server.on('request', (_, response) => {
    underWay++;
    response.once('close', () => {
      underWay--;
      cutIfQuiet();
    });
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.once('close', () => clearTimeout(timer));
    cutIfQuiet();
  });
}
