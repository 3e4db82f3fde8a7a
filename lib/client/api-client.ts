import { TENANT_HEADER } from '../contracts/request-headers.ts';
import { LedgerError } from '../domain/errors.ts';

/** A JSON object as the API answered it. */
export type ApiAnswer = Readonly<Record<string, unknown>>;

/** Where the API is and with which key it is asked. */
export interface ApiClientOptions {
  /** Base URL; a slash at the end is ignored. */
  readonly url: string;
  readonly key: string;
  /** The tenant to act in, for a key of the organisation; the key's own when left out. */
  readonly tenant?: string;
  /** Another `fetch`, for tests; the platform's own when left out. */
  readonly fetch?: typeof fetch;
}

/** How the API may be asked. */
export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request as callers write it. */
export interface ApiRequest {
  /** Parameters by name; undefined ones are left out, lists repeat the name. */
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`: JSON text compressed with gzip. */
  readonly gzip?: Uint8Array<ArrayBuffer>;
}

/** Nothing answered, or what answered could not reach the ledger; the same request may be sent again. */
export class LedgerUnreachableError extends LedgerError {
  override readonly name = 'LedgerUnreachableError';
  readonly code = 'ledger/unreachable';
  readonly retryable = true;
}

/** The API understood the request and refused it. */
export class ApiProblemError extends LedgerError {
  override readonly name = 'ApiProblemError';
  readonly code: string;
  readonly retryable = false;
  readonly status: number;
  /** What is wrong by field, `field: expected ...` each. */
  readonly issues: readonly string[];
  constructor(status: number, problem: ApiAnswer) {
    super(typeof problem['detail'] === 'string' ? problem['detail'] : `the API answered ${status}`);
    this.code = typeof problem['type'] === 'string' ? problem['type'] : `http/${status}`;
    this.status = status;
    this.issues = readIssues(problem['errors']);
  }
}

/** Asks the HTTP API of one ledger in the name of one key. */
export class ApiClient {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;

  constructor(options: ApiClientOptions) {
    this.url = options.url.replace(/\/+$/, '');
    const acting = options.tenant === undefined ? {} : { [TENANT_HEADER]: options.tenant };
    this.#headers = { authorization: `Bearer ${options.key}`, ...acting };
    this.#fetch = options.fetch ?? fetch;
  }

  /**
   * @param path - with its leading slash, e.g. `/v1/spend`; parameters inside it percent-encoded
   * @returns the answer's JSON object; empty for answers without a body
   * @throws {@link LedgerUnreachableError} when nothing answers, or answers 5xx or 429
   * @throws {@link ApiProblemError} when the API refuses
   */
  async ask(method: ApiMethod, path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    const response = await this.#send(method, `${this.url}${path}${toQuery(request.query)}`, request);
    const answer = parseObject(response.text);
    if (response.status >= 500 || response.status === 429 || !answer) {
      throw new LedgerUnreachableError(`${this.url} answered ${response.status} to ${method} ${path}`);
    }
    if (response.status >= 400) throw new ApiProblemError(response.status, answer);
    return answer;
  }

  /** Reads every page of a list, in order, by the `next` of each. */
  async *pages(path: string, query: ApiRequest['query'] = {}): AsyncGenerator<ApiAnswer> {
    let cursor: string | undefined;
    do {
      const page = await this.ask('GET', path, { query: { ...query, cursor } });
      yield page;
      cursor = typeof page['next'] === 'string' ? page['next'] : undefined;
    } while (cursor !== undefined);
  }

  async #send(method: string, url: string, { body, gzip }: ApiRequest): Promise<{ status: number; text: string }> {
    const headers: Record<string, string> = { ...this.#headers };
    if (body !== undefined || gzip) headers['content-type'] = 'application/json';
    if (gzip) headers['content-encoding'] = 'gzip';
    const payload = gzip ?? (body === undefined ? undefined : JSON.stringify(body));
    try {
      const response = await this.#fetch(url, { method, headers, ...(payload === undefined ? {} : { body: payload }) });
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      throw new LedgerUnreachableError(`no ledger answers at ${this.url}`, { cause });
    }
  }
}

function toQuery(query: ApiRequest['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) search.append(name, one);
  }
  return search.size > 0 ? `?${search}` : '';
}

function parseObject(text: string): ApiAnswer | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ApiAnswer) : undefined;
  } catch {
    return undefined;
  }
}

function readIssues(errors: unknown): readonly string[] {
  if (!Array.isArray(errors)) return [];
  return errors.map(({ field, expected }: ApiAnswer) => `${String(field)}: expected ${String(expected)}`);
}
