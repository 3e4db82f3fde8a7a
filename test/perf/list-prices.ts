/** Amounts of AWS services that one stream of events used up. */
export interface Usage {
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Requests to SQS as billed: each started 64 KB of a request is one. */
  readonly queueRequests: number;
  readonly invocations: number;
  readonly busySeconds: number;
}

/** Dollars of one stream of events, by service. */
export interface Bill {
  readonly writesUsd: number;
  readonly readsUsd: number;
  readonly queueUsd: number;
  readonly functionUsd: number;
  readonly totalUsd: number;
}

/** List prices in us-east-1, without any free tier. These are estimates of a bill, not the ledger's money. */
export const LIST_PRICES_USD = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  queueRequest: 0.4e-6,
  gigabyteSecond: 0.0000133334,
  invocation: 0.2e-6,
  storedGigabyteMonth: 0.25,
} as const;

/** Memory of record-usage in the stack, in GB. */
export const FUNCTION_GIGABYTES = 1769 / 1024;

const QUEUE_CHUNK_BYTES = 65_536;
const MESSAGES_PER_REQUEST = 10;

/** Multiplies used amounts by their list prices. */
export function billUsage({ writeUnits, readUnits, queueRequests, invocations, busySeconds }: Usage): Bill {
  const writesUsd = writeUnits * LIST_PRICES_USD.writeUnit;
  const readsUsd = readUnits * LIST_PRICES_USD.readUnit;
  const queueUsd = queueRequests * LIST_PRICES_USD.queueRequest;
  const functionUsd =
    invocations * LIST_PRICES_USD.invocation + busySeconds * FUNCTION_GIGABYTES * LIST_PRICES_USD.gigabyteSecond;
  return { writesUsd, readsUsd, queueUsd, functionUsd, totalUsd: writesUsd + readsUsd + queueUsd + functionUsd };
}

/**
 * Requests that a sender and the event source mapping pay for: each message sent by itself, messages of one invocation
 * received and deleted ten a request.
 * @param messageBytes - size of each message of one invocation
 */
export function countQueueRequests(messageBytes: readonly number[]): number {
  const chunks = (bytes: number): number => Math.max(1, Math.ceil(bytes / QUEUE_CHUNK_BYTES));
  let requests = messageBytes.reduce((sum, bytes) => sum + chunks(bytes), 0);
  for (let start = 0; start < messageBytes.length; start += MESSAGES_PER_REQUEST) {
    const received = messageBytes.slice(start, start + MESSAGES_PER_REQUEST);
    const deletes = 1;
    requests += chunks(received.reduce((sum, bytes) => sum + bytes, 0)) + deletes;
  }
  return requests;
}
