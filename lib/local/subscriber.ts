import { setTimeout as sleep } from 'node:timers/promises';
import { MESSAGES_PER_CALL, type QueueReader } from './queue-reader.ts';
import { asRecord } from './template.ts';

/** One message of a topic, as a queue that subscribes to it receives it. */
export interface TopicMessage {
  readonly topicArn: string;
  readonly messageId: string;
  readonly subject: string | null;
  /** The text that a queue gets: the part `sqs` where there is one, else the part `default`. */
  readonly message: string;
  /** The texts by protocol (`default`, `email`, `sqs`, ...); a message with one text for all has `default` only. */
  readonly parts: Readonly<Record<string, string>>;
  /** Attributes by name, their values as text. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Listens to a topic through a queue of its own; what comes while nobody listens waits in the queue. */
export function startSubscriber(
  reader: QueueReader,
  onMessage: (message: TopicMessage) => void,
  log: (line: string) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const listen = async () => {
    while (!stopping.signal.aborted) {
      try {
        const records = await reader.receive(MESSAGES_PER_CALL, 20, stopping.signal);
        for (const { body } of records) onMessage(toTopicMessage(body));
        await reader.delete(records);
      } catch (cause) {
        if (stopping.signal.aborted) return;
        log(`the local subscriber cannot read its queue: ${String(cause)}`);
        await sleep(500);
      }
    }
  };
  const loop = listen();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

function toTopicMessage(body: string): TopicMessage {
  const envelope = asRecord(JSON.parse(body));
  const parts = splitByProtocol(String(envelope['Message']));
  const attributes = Object.entries(asRecord(envelope['MessageAttributes']));
  return {
    topicArn: String(envelope['TopicArn']),
    messageId: String(envelope['MessageId']),
    subject: typeof envelope['Subject'] === 'string' ? envelope['Subject'] : null,
    message: parts['sqs'] ?? parts['default'] ?? '',
    parts,
    attributes: Object.fromEntries(attributes.map(([name, value]) => [name, String(asRecord(value)['Value'])])),
  };
}

/** The engine hands a `MessageStructure: json` message on whole, so it is taken apart here as SNS would have done. */
function splitByProtocol(message: string): Readonly<Record<string, string>> {
  try {
    const parts = Object.entries(asRecord(JSON.parse(message)));
    const texts = parts.filter((part): part is [string, string] => typeof part[1] === 'string');
    if (texts.length === parts.length && texts.some(([protocol]) => protocol === 'default'))
      return Object.fromEntries(texts);
  } catch {
    // Plain text is one text for all.
  }
  return { default: message };
}
