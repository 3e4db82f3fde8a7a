import { join } from 'node:path';
import { STACK_OUTPUTS } from '../contracts/environment.ts';
import { synthesizeLedgerTemplate } from '../infra/ledger-app.ts';
import type { LocalHost, LocalHostOptions } from './host-contract.ts';
import { startLocalHost } from './local-host.ts';

/** The ledger's own stack, running here. */
export interface LedgerHost extends LocalHost {
  /** URL of the usage queue. */
  readonly queueUrl: string;
  /** URL of the import queue. */
  readonly importQueueUrl: string;
  /** ARN of the alert topic. */
  readonly topicArn: string;
  /** Name of the ledger's table. */
  readonly tableName: string;
}

/**
 * Synthesises the ledger's stack and runs it.
 * @throws LocalHostError when it cannot start
 */
export async function startLedgerHost(options: Omit<LocalHostOptions, 'template' | 'rootFolder'>): Promise<LedgerHost> {
  const rootFolder = join(import.meta.dirname, '..', '..');
  const host = await startLocalHost({ ...options, template: synthesizeLedgerTemplate(), rootFolder });
  const output = (name: string) => host.outputs[name] ?? '';
  return {
    ...host,
    queueUrl: output(STACK_OUTPUTS.usageQueueUrl),
    importQueueUrl: output(STACK_OUTPUTS.importQueueUrl),
    topicArn: output(STACK_OUTPUTS.alertTopicArn),
    tableName: output(STACK_OUTPUTS.tableName),
  };
}
