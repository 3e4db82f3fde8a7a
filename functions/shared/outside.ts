import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Surroundings } from '../../lib/adapters/dynamodb/ledger/patient-table.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { SnsAlertPublisher, toPublishInput } from '../../lib/adapters/sns/alert-publisher.ts';
import { toChatInput } from '../../lib/adapters/sns/chat-message.ts';
import type { PublishPorts } from '../../lib/app/alerts/alert-ports.ts';
import { ENVIRONMENT, NO_CHAT_TOPIC } from '../../lib/contracts/environment.ts';
import { createTable } from './create-table.ts';
import { readMilliseconds, readText } from './read-environment.ts';

/** What publishing alerts takes besides where they are kept. */
export type Publishers = Pick<PublishPorts, 'publisher' | 'chat' | 'drawOwner' | 'leaseMs'>;

/**
 * Everything that functions reach outside of themselves. A function is wired over it by `wire...` functions, so that
 * the real services and their models are used by the same code.
 */
export interface Outside extends Publishers, Surroundings {
  readonly table: Table;
  /** Base URL of the API without a slash at the end, for links in alerts; null = not known. */
  readonly apiUrl: string | null;
}

/** Time and chance as they are. */
export const REAL_SURROUNDINGS: Surroundings = {
  now: Date.now,
  sleep: (milliseconds) => sleep(milliseconds),
  random: Math.random,
};

/** The real services of a function that publishes alerts, from its environment; once, at cold start. */
export function createOutside(env: NodeJS.ProcessEnv): Outside {
  return {
    ...REAL_SURROUNDINGS,
    table: createTable(env),
    ...createPublishers(env, createNotificationClient()),
    apiUrl: readText(env, ENVIRONMENT.apiUrl),
  };
}

/** A client of the notification service that does not retry, as who publishes does so by itself. */
export function createNotificationClient(): SNSClient {
  // A hanging connection is given up early enough for all attempts to fit.
  return new SNSClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
}

/** What publishing takes from the environment of a function. */
export function createPublishers(env: NodeJS.ProcessEnv, sns: SNSClient): Publishers {
  const topicArn = readText(env, ENVIRONMENT.alertTopicArn);
  const chatArn = readText(env, ENVIRONMENT.chatTopicArn);
  const chat = new SnsAlertPublisher(sns, (message) => toChatInput(chatArn, message));
  return {
    publisher: new SnsAlertPublisher(sns, (message) => toPublishInput(topicArn, message)),
    ...(chatArn === NO_CHAT_TOPIC ? {} : { chat }),
    drawOwner: randomUUID,
    leaseMs: readMilliseconds(env, ENVIRONMENT.alertLeaseMs),
  };
}
