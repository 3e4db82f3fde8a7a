import { CfnOutput, Duration, Lazy, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import {
  ENVIRONMENT,
  type EnvironmentName,
  FUNCTION_ENVIRONMENT,
  NO_CHAT_TOPIC,
  STACK_OUTPUTS,
} from '../contracts/environment.ts';
import { type AccessSettings, toAccessDirectory } from './access-settings.ts';
import type { AlertSettings } from './alert-settings.ts';
import { AlertTopic } from './constructs/alert-topic.ts';
import { LedgerApi } from './constructs/ledger-api.ts';
import { LedgerFunction } from './constructs/ledger-function.ts';
import { LedgerTable } from './constructs/ledger-table.ts';
import { Operations } from './constructs/operations.ts';
import { UsageQueue } from './constructs/usage-queue.ts';
import { type SenderSettings, toQueueStatements, toSenderDirectory } from './sender-settings.ts';
import { fillThrottle, type ThrottleSettings } from './throttle-settings.ts';

/** Settings of a {@link LedgerStack}. */
export interface LedgerStackProps extends StackProps {
  /**
   * Who may send to the usage queue, and for which tenant.
   * @default roles of the ledger's own account as their policies let them, all for the one tenant `default`
   */
  readonly senders?: SenderSettings;
  /**
   * Who may ask the API without a key of the ledger.
   * @default nobody
   */
  readonly access?: AccessSettings;
  /**
   * How many requests the API takes.
   * @default 500 a second for each route that takes usage in, 200 for all others together
   */
  readonly throttle?: ThrottleSettings;
  /**
   * Who hears of alerts from the first deployment on.
   * @default nobody; people subscribe to the topic, or through the API
   */
  readonly alerts?: AlertSettings;
}

const RECORD_TIMEOUT = Duration.seconds(60);
// The HTTP API gives up after 30 seconds; the function answers for itself before that.
const API_TIMEOUT = Duration.seconds(29);
const SWEEP_TIMEOUT = Duration.seconds(55);
const ASSESS_TIMEOUT = Duration.seconds(60);
const PROJECT_TIMEOUT = Duration.seconds(60);
const ACCRUE_TIMEOUT = Duration.seconds(60);
// A claim outlives every invocation that may be publishing under it, so nobody takes it from a live publisher.
const ALERT_LEASE = Duration.seconds(
  30 +
    Math.max(
      ...[API_TIMEOUT, RECORD_TIMEOUT, SWEEP_TIMEOUT, ASSESS_TIMEOUT, PROJECT_TIMEOUT].map((timeout) =>
        timeout.toSeconds(),
      ),
    ),
);

/** The whole ledger: queues in, one table, alerts out, an HTTP API, and four functions on a schedule. */
export class LedgerStack extends Stack {
  #environment: Partial<Record<EnvironmentName, string>>;
  /** Unique ids of the roles whose stamps are honoured, known when both functions are made. */
  readonly #ownSenders = { api: '', sweep: '' };
  readonly #table = new LedgerTable(this, 'Ledger');
  readonly #alerts: AlertTopic;
  readonly #usage = new UsageQueue(this, 'Usage', { consumerTimeout: RECORD_TIMEOUT });
  readonly #imports = new UsageQueue(this, 'Import', { consumerTimeout: RECORD_TIMEOUT });

  constructor(scope: Construct, id: string, props: LedgerStackProps = {}) {
    super(scope, id, props);
    const { senders = {}, access = {}, throttle = {}, alerts = {} } = props;
    this.#alerts = new AlertTopic(this, 'Alerts', alerts);
    const shared = this.#shareEnvironment(senders, access);
    this.#environment = shared;
    const api = this.#addApiFunction();
    const { url } = this.#addHttp(api, access, throttle);
    this.#environment = { ...shared, [ENVIRONMENT.apiUrl]: url };
    const record = this.#addRecordFunction();
    const sweep = this.#addScheduledFunction('Sweep', 'sweep', SWEEP_TIMEOUT, Schedule.rate(Duration.minutes(1)), 0);
    this.#ownSenders.api = api.role.roleId;
    this.#ownSenders.sweep = sweep.role.roleId;
    this.#letSendBack(api, sweep);
    this.#usage.admit(
      ...toQueueStatements(
        senders,
        this.#usage.queue.queueArn,
        [api, sweep].map(({ role }) => role.roleArn),
      ),
    );
    const assess = this.#addScheduledFunction(
      'AssessBreakEven',
      'assess-break-even',
      ASSESS_TIMEOUT,
      Schedule.cron({ minute: '10', hour: '2' }),
      2,
    );
    // By the clock, so that every hour of it has one run: alerts count the hours running.
    const hourly = Schedule.cron({ minute: '5' });
    const project = this.#addScheduledFunction('ProjectSpend', 'project-spend', PROJECT_TIMEOUT, hourly, 2);
    // Days end at another hour in every zone. It tells nobody anything: budgets see its entries with the next sweep.
    const accrue = this.#addScheduledFunction(
      'AccrueCapacity',
      'accrue-capacity',
      ACCRUE_TIMEOUT,
      Schedule.cron({ minute: '25' }),
      2,
    );
    new Operations(this, 'Operations', {
      queues: { Usage: this.#usage, Import: this.#imports },
      functions: {
        RecordUsage: record.function,
        Api: api.function,
        Sweep: sweep.function,
        AssessBreakEven: assess.function,
        ProjectSpend: project.function,
        AccrueCapacity: accrue.function,
      },
      table: this.#table.table,
      topic: this.#alerts.topic,
    });
    this.#output(url);
  }

  #shareEnvironment(senders: SenderSettings, access: AccessSettings): Partial<Record<EnvironmentName, string>> {
    return {
      [ENVIRONMENT.tableName]: this.#table.table.tableName,
      [ENVIRONMENT.usageQueueUrl]: this.#usage.queue.queueUrl,
      [ENVIRONMENT.importQueueUrl]: this.#imports.queue.queueUrl,
      [ENVIRONMENT.usageQueueArn]: this.#usage.queue.queueArn,
      [ENVIRONMENT.importQueueArn]: this.#imports.queue.queueArn,
      [ENVIRONMENT.usageDeadLetterQueueUrl]: this.#usage.deadLetters.queueUrl,
      [ENVIRONMENT.importDeadLetterQueueUrl]: this.#imports.deadLetters.queueUrl,
      [ENVIRONMENT.alertTopicArn]: this.#alerts.topic.topicArn,
      [ENVIRONMENT.chatTopicArn]: this.#alerts.chat?.topicArn ?? NO_CHAT_TOPIC,
      [ENVIRONMENT.senders]: JSON.stringify(toSenderDirectory(senders)),
      [ENVIRONMENT.access]: JSON.stringify(toAccessDirectory(access)),
      [ENVIRONMENT.apiSenderId]: Lazy.string({ produce: () => this.#ownSenders.api }),
      [ENVIRONMENT.sweepSenderId]: Lazy.string({ produce: () => this.#ownSenders.sweep }),
      [ENVIRONMENT.alertLeaseMs]: String(ALERT_LEASE.toMilliseconds()),
    };
  }

  #environmentWith(timeout: Duration): Partial<Record<EnvironmentName, string>> {
    return { ...this.#environment, [ENVIRONMENT.functionTimeoutMs]: String(timeout.toMilliseconds()) };
  }

  #addApiFunction(): LedgerFunction {
    const api = new LedgerFunction(this, 'Api', {
      name: 'api',
      timeout: API_TIMEOUT,
      environment: this.#environmentWith(API_TIMEOUT),
    });
    this.#table.grantItems(api.role);
    this.#alerts.grantPublish(api.role);
    this.#alerts.grantSubscribe(api.role);
    return api;
  }

  /** The API for keys, and one beside it for each other way in; all of them ask the same function. */
  #addHttp(api: LedgerFunction, { jwt, iam }: AccessSettings, throttle: ThrottleSettings): LedgerApi {
    const shared = { handler: api.function, throttle: fillThrottle(throttle) };
    if (jwt) {
      const authorizer = new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audiences] });
      const { url } = new LedgerApi(this, 'JwtHttp', { ...shared, authorizer });
      new CfnOutput(this, STACK_OUTPUTS.jwtApiUrl, { value: url });
    }
    if (iam) {
      const { url } = new LedgerApi(this, 'IamHttp', { ...shared, authorizer: new HttpIamAuthorizer() });
      new CfnOutput(this, STACK_OUTPUTS.iamApiUrl, { value: url });
    }
    return new LedgerApi(this, 'Http', shared);
  }

  #addRecordFunction(): LedgerFunction {
    const record = new LedgerFunction(this, 'RecordUsage', {
      name: 'record-usage',
      timeout: RECORD_TIMEOUT,
      environment: this.#environmentWith(RECORD_TIMEOUT),
    });
    this.#table.grantItems(record.role);
    this.#alerts.grantPublish(record.role);
    const limits = { maxConcurrency: 2, reportBatchItemFailures: true };
    record.function.addEventSource(
      new SqsEventSource(this.#usage.queue, { ...limits, batchSize: 500, maxBatchingWindow: Duration.seconds(5) }),
    );
    // Imports come packed and often with ids that must be claimed one by one: ten messages of 1,000 events are as much
    // as fits into one invocation's time.
    record.function.addEventSource(
      new SqsEventSource(this.#imports.queue, { ...limits, batchSize: 10, maxBatchingWindow: Duration.seconds(1) }),
    );
    return record;
  }

  /**
   * Lets the API function send, and both send back what was refused or given up: the queues take their stamps for true,
   * and the import queue takes nothing from anybody else.
   */
  #letSendBack(...functions: readonly LedgerFunction[]): void {
    const roles = functions.map(({ role }) => role);
    for (const role of roles) {
      this.#usage.queue.grantSendMessages(role);
      for (const { deadLetters } of [this.#usage, this.#imports]) deadLetters.grantConsumeMessages(role);
    }
    this.#imports.acceptOnlyFrom(...roles);
  }

  #addScheduledFunction(
    id: string,
    name: 'sweep' | 'assess-break-even' | 'project-spend' | 'accrue-capacity',
    timeout: Duration,
    schedule: Schedule,
    retryAttempts: number,
  ): LedgerFunction {
    const scheduled = new LedgerFunction(this, id, {
      name,
      timeout,
      retryAttempts,
      environment: this.#environmentWith(timeout),
    });
    this.#table.grantItems(scheduled.role);
    const told: readonly string[] = FUNCTION_ENVIRONMENT[name];
    if (told.includes(ENVIRONMENT.alertTopicArn)) this.#alerts.grantPublish(scheduled.role);
    new Rule(this, `${id}Schedule`, { schedule, targets: [new LambdaTarget(scheduled.function, { retryAttempts })] });
    return scheduled;
  }

  #output(apiUrl: string): void {
    new CfnOutput(this, STACK_OUTPUTS.apiUrl, { value: apiUrl });
    new CfnOutput(this, STACK_OUTPUTS.usageQueueUrl, { value: this.#usage.queue.queueUrl });
    new CfnOutput(this, STACK_OUTPUTS.importQueueUrl, { value: this.#imports.queue.queueUrl });
    new CfnOutput(this, STACK_OUTPUTS.alertTopicArn, { value: this.#alerts.topic.topicArn });
    const { chat } = this.#alerts;
    if (chat) new CfnOutput(this, STACK_OUTPUTS.chatTopicArn, { value: chat.topicArn });
    new CfnOutput(this, STACK_OUTPUTS.tableName, { value: this.#table.table.tableName });
  }
}
