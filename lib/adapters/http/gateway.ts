import type { HttpRequest, HttpResponse } from './http-types.ts';

/** The parts of an HTTP API event (payload format 2.0) that the API reads. */
export interface GatewayEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly http: { readonly method: string } };
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

/** An answer in the form that an HTTP API takes. */
export interface GatewayResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
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
    });
    if (!bytes) return { statusCode: status, headers: { ...headers }, body };
    const text = Buffer.from(bytes).toString('base64');
    return { statusCode: status, headers: { ...headers }, body: text, isBase64Encoded: true };
  };
}
