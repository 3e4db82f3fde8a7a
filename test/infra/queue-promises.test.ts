import { Template } from 'aws-cdk-lib/assertions';
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

const template = Template.fromJSON(synthesizeLedgerTemplate());
const resources = Object.values(template.toJSON()['Resources'] as Record<string, QueueResource>);
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

  it.each(['Api', 'Sweep'])('let the role of %s count what is in each of them', (name) => {
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
    const [, policy] = policies.find(([id]) => id.startsWith(`${name}Role`)) ?? [];
    const statements: { Action: string | string[]; Resource: unknown }[] =
      policy?.['Properties'].PolicyDocument.Statement;
    const counted = statements.filter(({ Action }) => Action.includes('sqs:GetQueueAttributes'));
    expect(new Set(counted.map(({ Resource }) => JSON.stringify(Resource))).size).toBe(4);
  });
});
