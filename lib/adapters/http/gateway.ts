import type { Identity } from '../../app/access/access-ports.ts';
import type { HttpRequest, HttpResponse } from './http-types.ts';

/** The parts of an HTTP API event (payload format 2.0) that the API reads. */
export interface GatewayEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly authorizer?: GatewayAuthorizer | undefined;
  };
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

/**
 * What an authoriser of the gateway says of the caller. Only the gateway writes it, and only on routes that have one.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export interface GatewayAuthorizer {
  /** Claims of a checked token; a list comes as text, `[a b]`. */
  readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> } | undefined;
  /** Who signed; `userId` of a role is its unique id, a colon and the name of the session. */
  readonly iam?: { readonly userArn?: string | null; readonly userId?: string | null } | undefined;
}

/** An answer in the form that an HTTP API takes. */
export interface GatewayResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded?: true;
}

/** Puts the API behind an HTTP API of the gateway. */
export function createGatewayHandler(
  serve: (request: HttpRequest) => Promise<HttpResponse>,
): (event: GatewayEvent) => Promise<GatewayResult> {
  return async (event) => {
    const identity = readIdentity(event.requestContext.authorizer);
    const { status, headers, body, bytes } = await serve({
      method: event.requestContext.http.method,
      path: event.rawPath,
      query: event.rawQueryString,
      headers: event.headers,
      body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
      ...(identity ? { identity } : {}),
    });
    if (!bytes) return { statusCode: status, headers: { ...headers }, body };
    const text = Buffer.from(bytes).toString('base64');
    return { statusCode: status, headers: { ...headers }, body: text, isBase64Encoded: true };
  };
}

function readIdentity(authorizer: GatewayAuthorizer | undefined): Identity | undefined {
  if (authorizer?.jwt) {
    const claims = Object.entries(authorizer.jwt.claims).map(([name, value]) => [name, String(value)]);
    return { kind: 'jwt', claims: Object.fromEntries(claims) };
  }
  if (!authorizer?.iam) return undefined;
  // Whoever signed without a name is an identity too, one that stands for nobody: it must not be asked for a key.
  const { userArn, userId } = authorizer.iam;
  return { kind: 'iam', arn: userArn ?? '', roleId: (userId ?? '').split(':')[0] ?? '' };
}
