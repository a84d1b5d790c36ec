import type { FastifyInstance } from 'fastify';

/** How often connections are looked at while the server closes, in milliseconds. */
const INTERVAL = 20;

/**
 * Closes each connection when its last answer has gone out. Without it, a connection that was answering when `close`
 * began would be kept alive afterwards, and the server with it, until its client lets go.
 */
export function closeGracefully(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const { server } = app;
    if (!server.listening) return;
    const timer = setInterval(() => server.closeIdleConnections(), INTERVAL);
    server.once('close', () => clearInterval(timer));
  });
}
