/**
 * A receiver in a process of its own that writes down when each message began to arrive, on the clock that all processes
 * of the machine share (CLOCK_MONOTONIC, nanoseconds). A message is named by its id, and by its path where it has one. Asked by any message, it sends what it has and forgets it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let arrivals: [id: string, at: string][] = [];

const server = createServer((request, response) => {
  const id = request.headers['webhook-id'];
  const at = request.url === '/' ? '' : request.url;
  arrivals.push([`${String(id)}${at}`, String(process.hrtime.bigint())]);
  request.resume().on('end', () => response.writeHead(200).end());
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', () => {
  process.send?.(arrivals);
  arrivals = [];
});
process.on('disconnect', () => process.exit());
