import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Settings of a {@link LedgerApi}. */
export interface LedgerApiProps {
  /** Answers every route. */
  readonly handler: LambdaFunction;
}

/** The HTTP API: every route goes to one function, which knows the routes and checks the bearer key. */
export class LedgerApi extends Construct {
  /** The API, with one route `$default`. */
  readonly api: HttpApi;
  /** Base URL without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: LedgerApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('Integration', props.handler),
    });
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 1000 },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogs) },
    });
    this.url = this.api.apiEndpoint;
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The function checks a hashed bearer key on every route but health and the OpenAPI document, because the ' +
        'tenant and the role come from that key.',
    });
  }
}
