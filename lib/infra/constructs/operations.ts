import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { UsageQueue } from './usage-queue.ts';

/** Settings of {@link Operations}. */
export interface OperationsProps {
  /** The queues by a short name that appears in titles. */
  readonly queues: Readonly<Record<string, UsageQueue>>;
  /** The functions by a short name that appears in titles. */
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  /** The ledger's table. */
  readonly table: Table;
  /** Who hears of an alarm. */
  readonly topic: ITopic;
}

/** Alarms on what nobody would notice otherwise, and one page that shows whether the ledger keeps up. */
export class Operations extends Construct {
  readonly #topic: ITopic;

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id);
    this.#topic = props.topic;
    for (const [name, queue] of Object.entries(props.queues)) {
      this.#alarm(
        `${name}DeadLetters`,
        'messages were given up',
        queue.deadLetters.metricApproximateNumberOfMessagesVisible(),
        1,
      );
    }
    const usage = props.queues['Usage'];
    if (usage) {
      // Ten minutes behind: totals are old although nothing has failed yet. Imports may take longer on purpose.
      const age = usage.queue.metricApproximateAgeOfOldestMessage();
      this.#alarm('UsageAge', 'usage waits longer than ten minutes', age, 600);
    }
    for (const [name, handler] of Object.entries(props.functions)) {
      this.#alarm(`${name}Errors`, 'invocations fail', handler.metricErrors(), 1);
    }
    this.#drawDashboard(props);
  }

  #alarm(id: string, description: string, metric: IMetric, threshold: number): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `Tokenledger: ${description}`,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.#topic));
  }

  #drawDashboard(props: OperationsProps): void {
    const queues = Object.values(props.queues);
    const functions = Object.values(props.functions);
    const dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.days(1) });
    dashboard.addWidgets(
      new GraphWidget({
        title: 'Messages waiting and given up',
        left: queues.map((each) => each.queue.metricApproximateNumberOfMessagesVisible()),
        right: queues.map((each) => each.deadLetters.metricApproximateNumberOfMessagesVisible()),
      }),
      new GraphWidget({
        title: 'Age of the oldest message',
        left: queues.map((each) => each.queue.metricApproximateAgeOfOldestMessage()),
      }),
    );
    dashboard.addWidgets(
      new GraphWidget({
        title: 'Errors and throttles',
        left: functions.map((each) => each.metricErrors()),
        right: functions.map((each) => each.metricThrottles()),
      }),
      new GraphWidget({
        title: 'Duration and write units',
        left: functions.map((each) => each.metricDuration({ statistic: 'p99' })),
        right: [props.table.metricConsumedWriteCapacityUnits()],
      }),
    );
  }
}
