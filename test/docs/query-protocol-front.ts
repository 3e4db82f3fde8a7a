import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A front of the local queue for one test run. */
export interface QueueFront {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Stands before the local queue and also understands a `SendMessage` of SQS's older query protocol, which AWS does and the
 * local engine does not: boto3 spoke it until 1.28.81, and that is what stable distributions still carry. Everything else
 * passes as it is.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
 */
export async function startQueueFront(sqsEndpoint: string): Promise<QueueFront> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    const isQuery = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
    const answer = isQuery ? await sendByQuery(sqsEndpoint, new URLSearchParams(body)) : undefined;
    if (answer !== undefined) {
      response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.xml);
      return;
    }
    const headers = Object.entries(request.headers).filter(([name]) =>
      /^(?:content-type|x-amz-|authorization)/.test(name),
    );
    const passed = await fetch(new URL(request.url ?? '/', sqsEndpoint), {
      method: request.method ?? 'POST',
      headers: headers.map(([name, value]) => [name, String(value)] as [string, string]),
      body,
    });
    response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? 'text/plain' });
    response.end(await passed.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function sendByQuery(sqsEndpoint: string, query: URLSearchParams) {
  if (query.get('Action') !== 'SendMessage') return undefined;
  const sent = await fetch(sqsEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
    body: JSON.stringify({ QueueUrl: query.get('QueueUrl'), MessageBody: query.get('MessageBody') }),
  });
  const { MessageId, MD5OfMessageBody } = (await sent.json()) as Record<string, string>;
  const result = `<MessageId>${MessageId}</MessageId><MD5OfMessageBody>${MD5OfMessageBody}</MD5OfMessageBody>`;
  const xml = `<SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><SendMessageResult>${result}</SendMessageResult><ResponseMetadata><RequestId>none</RequestId></ResponseMetadata></SendMessageResponse>`;
  return { status: sent.status, xml };
}
