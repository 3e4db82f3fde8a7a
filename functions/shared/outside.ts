import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Surroundings } from '../../lib/adapters/dynamodb/ledger/patient-table.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { SnsAlertPublisher } from '../../lib/adapters/sns/alert-publisher.ts';
import type { PublishPorts } from '../../lib/app/alerts/alert-ports.ts';
import { ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { createTable } from './create-table.ts';
import { readMilliseconds, readText } from './read-environment.ts';

/**
 * Everything that functions reach outside of themselves. A function is wired over it by `wire...` functions, so that
 * the real services and their models are used by the same code.
 */
export interface Outside extends Pick<PublishPorts, 'publisher' | 'drawOwner' | 'leaseMs'>, Surroundings {
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
  // The publisher retries by itself; a hanging connection is given up early enough for all attempts to fit.
  const sns = new SNSClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  return {
    ...REAL_SURROUNDINGS,
    table: createTable(env),
    publisher: new SnsAlertPublisher(sns, readText(env, ENVIRONMENT.alertTopicArn)),
    drawOwner: randomUUID,
    leaseMs: readMilliseconds(env, ENVIRONMENT.alertLeaseMs),
    apiUrl: readText(env, ENVIRONMENT.apiUrl),
  };
}
