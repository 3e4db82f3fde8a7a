import type { Identity } from '../../app/access/access-ports.ts';

/** A request as the API sees it, whatever carried it. */
export interface HttpRequest {
  readonly method: string;
  /** Path without the query, percent-decoded: that is how an HTTP API hands it on. */
  readonly path: string;
  /** Query without its `?`, as sent. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Empty when there is none. */
  readonly body: Uint8Array;
  /** Who the gateway found the caller to be; absent where it let everybody through, to be asked for a key. */
  readonly identity?: Identity;
}

/** An answer of the API. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for answers without a body. */
  readonly body: string;
  /** The body of an answer that is no text; `body` is empty then. */
  readonly bytes?: Uint8Array;
}
