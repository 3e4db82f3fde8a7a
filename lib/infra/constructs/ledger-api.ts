import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ThrottleSettings } from '../throttle-settings.ts';

/** Settings of a {@link LedgerApi}. */
export interface LedgerApiProps {
  /** Answers every route. */
  readonly handler: LambdaFunction;
  /** Requests that are let through. */
  readonly throttle: Required<ThrottleSettings>;
  /**
   * Lets in whom the gateway itself checks, on every route but the public ones.
   * @default everybody is let in, and the function checks the key
   */
  readonly authorizer?: IHttpRouteAuthorizer;
}

/** Routes that take usage in. They have limits of their own, so that a flood of events leaves the answers alone. */
export const INTAKE_PATHS = ['/v1/events', '/v1/traces'] as const;

/** Routes that need neither key nor identity. */
export const PUBLIC_PATHS = ['/v1/health', '/v1/openapi.json', '/v1/schemas/alert'] as const;

/** An HTTP API: every route goes to one function, which knows the routes and who may do what. */
export class LedgerApi extends Construct {
  /** The API, with a route `$default` for all that has no limit or authoriser of its own. */
  readonly api: HttpApi;
  /** Base URL without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: LedgerApiProps) {
    super(scope, id);
    const { handler, throttle, authorizer } = props;
    const integration = new HttpLambdaIntegration('Integration', handler);
    this.api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultIntegration: integration,
      ...(authorizer ? { defaultAuthorizer: authorizer } : {}),
    });
    const addRoute = (path: string, method: HttpMethod, own?: IHttpRouteAuthorizer) =>
      new HttpRoute(this, `${method}${path}`, {
        httpApi: this.api,
        routeKey: HttpRouteKey.with(path, method),
        integration,
        ...(own ? { authorizer: own } : {}),
      });
    const intake = INTAKE_PATHS.map((path) => addRoute(path, HttpMethod.POST, authorizer));
    if (authorizer) for (const path of PUBLIC_PATHS) addRoute(path, HttpMethod.GET, new HttpNoneAuthorizer());
    const stage = this.#addStage(throttle);
    // The gateway refuses limits of a route that it does not know yet.
    stage.node.addDependency(...intake);
    this.url = this.api.apiEndpoint;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: authorizer
        ? 'Health and the description of the API are for everybody; every other route has the authoriser.'
        : 'The function checks a hashed bearer key on every route but health and the OpenAPI document, because the ' +
          'tenant and the role come from that key.',
    });
  }

  #addStage({ intake, other }: Required<ThrottleSettings>): HttpStage {
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: other.ratePerSecond, burstLimit: other.burstRequests },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogs) },
    });
    const limit = { ThrottlingRateLimit: intake.ratePerSecond, ThrottlingBurstLimit: intake.burstRequests };
    const resource = stage.node.defaultChild as CfnStage;
    resource.routeSettings = Object.fromEntries(INTAKE_PATHS.map((path) => [`${HttpMethod.POST} ${path}`, limit]));
    return stage;
  }
}
