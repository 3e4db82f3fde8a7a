import type { SQSClient } from '@aws-sdk/client-sqs';
import { SqsDeadLetterQueues } from '../../lib/adapters/sqs/dead-letter-queues.ts';
import type { QueueUrls } from '../../lib/adapters/sqs/usage-queues.ts';
import type { DeadLetterQueues } from '../../lib/app/reject-ports.ts';
import type { SenderPolicy } from '../../lib/app/resolve-sender.ts';
import { ENVIRONMENT, type SenderDirectory } from '../../lib/contracts/environment.ts';
import { readText } from './read-environment.ts';

/** The way back into the queues, and whose messages are whose. */
export interface ReturnPaths {
  readonly deadLetterQueues: DeadLetterQueues;
  readonly senders: SenderPolicy;
}

/** URLs of the queues from the environment. */
export function readQueueUrls(env: NodeJS.ProcessEnv): QueueUrls {
  return {
    usage: readText(env, ENVIRONMENT.usageQueueUrl),
    import: readText(env, ENVIRONMENT.importQueueUrl),
    usageDeadLetters: readText(env, ENVIRONMENT.usageDeadLetterQueueUrl),
    importDeadLetters: readText(env, ENVIRONMENT.importDeadLetterQueueUrl),
  };
}

/** Who sends for whom, from the environment. */
export function readSenders(env: NodeJS.ProcessEnv): SenderPolicy {
  return {
    directory: JSON.parse(readText(env, ENVIRONMENT.senders)) as SenderDirectory,
    apiSenderId: readText(env, ENVIRONMENT.apiSenderId),
    sweepSenderId: readText(env, ENVIRONMENT.sweepSenderId),
  };
}

/** The real queues of a function that sends back; once, at cold start. */
export function createReturnPaths(env: NodeJS.ProcessEnv, sqs: SQSClient): ReturnPaths {
  return { deadLetterQueues: new SqsDeadLetterQueues(sqs, readQueueUrls(env)), senders: readSenders(env) };
}
