import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { httpTransport, sqsTransport } from '../../../../lib/client/emitter/index.ts';

const text = '{"events":[{"id":"a"}]}';
const message = { gzip: new Uint8Array(gzipSync(text)), eventCount: 1 };
const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
};

/** Sends one message to a server of its own, by both of the transport's roads. */
async function sendTo(listener: RequestListener, timeoutMs = 5_000) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const roads = [httpTransport({ url, key: 'k-1', timeoutMs }), httpTransport({ url, key: 'k-1', timeoutMs, fetch })];
  const outcomes = await Promise.allSettled(roads.map((road) => road.send(message)));
  server.closeAllConnections();
  server.close();
  return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason));
}

describe('over HTTP', () => {
  it('posts the compressed message with the key', async () => {
    const requests: unknown[] = [];
    await sendTo(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { authorization, 'content-encoding': encoding } = request.headers;
      requests.push([
        request.method,
        request.url,
        authorization,
        encoding,
        gunzipSync(Buffer.concat(chunks)).toString(),
      ]);
      answer(202, { accepted: 1, rejected: [] })(request, response);
    });
    const expected = ['POST', '/v1/events', 'Bearer k-1', 'gzip', text];
    expect(requests).toEqual([expected, expected]);
  });

  it('reads which events were refused', async () => {
    const refused = { id: 'a', reason: 'time_out_of_range', field: 'time', message: 'too old' };
    const listener = answer(202, { accepted: 0, rejected: [{ index: 0, ...refused }], unknown_fields: {} });
    expect(await sendTo(listener)).toEqual([
      { status: 'accepted', refused: [refused] },
      { status: 'accepted', refused: [refused] },
    ]);
  });

  it.each([
    [400, 'denied'],
    [413, 'unacceptable'],
    [401, 'denied'],
    [403, 'denied'],
    [404, 'denied'],
    [301, 'denied'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('takes %i for %s', async (status, expected) => {
    const outcomes = await sendTo(answer(status, '', status === 301 ? { location: '/elsewhere' } : {}));
    expect(outcomes).toMatchObject([{ status: expected }, { status: expected }]);
  });

  it('takes no friendly page for a receipt', async () => {
    expect(await sendTo(answer(200, '<html>Welcome</html>'))).toMatchObject([
      { status: 'unavailable' },
      { status: 'unavailable' },
    ]);
  });

  it('gives up a message only when the ledger itself cannot read it', async () => {
    const problem = { type: 'urn:tokenledger:problem:events:unreadable', title: 'no', status: 400 };
    expect(await sendTo(answer(400, problem))).toMatchObject([{ status: 'unacceptable' }, { status: 'unacceptable' }]);
  });

  it('takes no answer for a receipt that does not account for every event', async () => {
    for (const accepted of [0, 2]) {
      const outcomes = await sendTo(answer(202, { accepted, rejected: [] }));
      expect(outcomes).toMatchObject([{ status: 'unavailable' }, { status: 'unavailable' }]);
    }
  });

  it('fails at once when the other end changes the protocol or hangs up', async () => {
    const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n';
    for (const last of [switching, 'HTTP/1.1 202 Accepted\r\ncontent-length: 99\r\n\r\n{', '']) {
      const outcomes = await sendTo((request) => void request.socket.end(last));
      expect(outcomes).toEqual([expect.any(Error), expect.any(Error)]);
    }
  });

  it('reads no answer without end', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    let bytes = 0;
    const [outcome] = await sendTo((request, response) => {
      // The road of the host's own `fetch` is the host's to bound.
      if (request.headers['user-agent'] !== undefined) return void response.writeHead(503).end();
      response.writeHead(202);
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) bytes += piece.length;
      };
      response.on('drain', more);
      more();
    });
    expect(outcome).toEqual(new Error('the answer is longer than any of a ledger'));
    expect(bytes).toBeLessThan(64 * 1024 * 1024);
  });

  it('passes on how long the other end asks to wait, in seconds or as a date', async () => {
    expect(await sendTo(answer(429, '', { 'retry-after': '7' }))).toMatchObject([
      { retryAfterMs: 7_000 },
      { retryAfterMs: 7_000 },
    ]);
    const past = new Date(Date.now() - 60_000).toUTCString();
    expect(await sendTo(answer(503, '', { 'retry-after': past }))).toMatchObject([
      { retryAfterMs: 0 },
      { retryAfterMs: 0 },
    ]);
  });

  it('gives up a request that nobody answers', async () => {
    const outcomes = await sendTo(() => {}, 50);
    expect(outcomes).toEqual([expect.any(Error), expect.any(Error)]);
  });

  it.each([
    [{ url: undefined as never, key: 'k' }],
    [{ url: 'ftp://ledger', key: 'k' }],
    [{ url: 'http://ledger', key: 'with\nline' }],
    [{ url: 'http://ledger', key: undefined as never }],
  ])('is not made of what cannot be meant: %#', (options) => {
    expect(() => httpTransport(options)).toThrow(TypeError);
  });
});

describe('to a queue', () => {
  const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/usage';

  it('sends the envelope that says it is compressed, in one message', async () => {
    const inputs: unknown[] = [];
    const client = { send: async (command: SendMessageCommand) => void inputs.push(command.input) };
    // Compressed bytes may be a part of a larger piece of memory.
    const gzip = new Uint8Array([1, 2, 3, ...message.gzip, 4]).subarray(3, 3 + message.gzip.length);
    const outcome = await sqsTransport({ queueUrl, client }).send({ ...message, gzip });
    expect(outcome).toEqual({ status: 'accepted', refused: [] });
    const data = Buffer.from(message.gzip).toString('base64');
    expect(inputs).toEqual([{ QueueUrl: queueUrl, MessageBody: JSON.stringify({ encoding: 'gzip', data }) }]);
  });

  it.each([
    ['RequestThrottled', 'unavailable'],
    ['TimeoutError', 'unavailable'],
    ['ServiceUnavailable', 'unavailable'],
    ['AccessDenied', 'denied'],
    ['AccessDeniedException', 'denied'],
    ['QueueDoesNotExist', 'denied'],
    ['ExpiredTokenException', 'denied'],
    ['CredentialsProviderError', 'denied'],
    ['InvalidMessageContents', 'unacceptable'],
  ])('takes %s for %s', async (name, status) => {
    const client = { send: () => Promise.reject(Object.assign(new Error('no'), { name })) };
    expect(await sqsTransport({ queueUrl, client }).send(message)).toMatchObject({ status });
  });

  it('is not made of what cannot be meant', () => {
    expect(() => sqsTransport({ queueUrl: 'usage', client: { send: async () => {} } })).toThrow(TypeError);
    expect(() => sqsTransport({ queueUrl, client: {} as never })).toThrow(TypeError);
  });
});
