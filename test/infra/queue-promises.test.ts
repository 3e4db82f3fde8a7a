import { describe, expect, it } from 'vitest';
import { QUEUE_MAX_RECEIVES, QUEUE_RETENTION_MS, QUEUE_VISIBILITY_MS } from '../../lib/contracts/queue-promises.ts';
import { synthesizeLedgerTemplate } from '../../lib/infra/ledger-app.ts';

interface QueueResource {
  readonly Type: string;
  readonly Properties: {
    readonly VisibilityTimeout?: number;
    readonly MessageRetentionPeriod?: number;
    readonly RedrivePolicy?: { readonly maxReceiveCount: number };
  };
}

const resources = Object.values(synthesizeLedgerTemplate()['Resources'] as Record<string, QueueResource>);
const queues = resources.filter(({ Type }) => Type === 'AWS::SQS::Queue').map(({ Properties }) => Properties);

describe('the queues of the stack', () => {
  it('keep what as_of takes for granted: time in flight, receives and retention are no longer than it counts with', () => {
    const withDeadLetters = queues.filter(({ RedrivePolicy }) => RedrivePolicy);
    expect([queues.length, withDeadLetters.length]).toEqual([4, 2]);
    for (const { VisibilityTimeout, RedrivePolicy } of withDeadLetters) {
      expect((VisibilityTimeout ?? Number.NaN) * 1_000).toBeLessThanOrEqual(QUEUE_VISIBILITY_MS);
      expect(RedrivePolicy?.maxReceiveCount).toBeLessThanOrEqual(QUEUE_MAX_RECEIVES);
    }
    for (const { MessageRetentionPeriod } of queues) {
      expect((MessageRetentionPeriod ?? Number.NaN) * 1_000).toBeLessThanOrEqual(QUEUE_RETENTION_MS);
    }
  });
});
