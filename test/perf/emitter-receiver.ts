import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** What the receiving end counted so far. */
export interface ReceiverReport {
  readonly port: number;
  readonly requests: number;
  readonly events: number;
  /** Different sequence numbers among them. */
  readonly distinct: number;
  readonly wireBytes: number;
}

// The other end of the emitter in a process of its own: counts what arrives, can be away, answers as the ledger does.
const seen = new Set<number>();
let [requests, events, wireBytes] = [0, 0, 0];

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const message = JSON.parse(gunzipSync(body).toString()) as { events: { emitter: { seq: number } }[] };
  for (const { emitter } of message.events) seen.add(emitter.seq);
  requests += 1;
  events += message.events.length;
  wireBytes += body.length;
  response.writeHead(202, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ accepted: message.events.length, rejected: [], unknown_fields: {} }));
});

const report = (port: number): ReceiverReport => ({ port, requests, events, distinct: seen.size, wireBytes });

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.(report(port));
  process.on('message', (order) => {
    if (order === 'report') process.send?.(report(port));
    if (order === 'reset') {
      seen.clear();
      [requests, events, wireBytes] = [0, 0, 0];
      process.send?.(report(port));
    }
    if (order === 'leave') {
      server.close();
      server.closeAllConnections();
    }
    if (order === 'return') server.listen(port, '127.0.0.1');
  });
});
