/**
 * How a call failed. `timeout_connect`: no connection in time; `timeout_first_byte`: connected, and nothing came;
 * `timeout_answer`: the answer did not end in time. `reset`: the connection was closed in the midst; `stream_broken`: a
 * stream ended in order, but neither with a reason nor with its mark of the end. `provider_error`: an error within an
 * answer of status 200. `interrupted`: ended by whoever measures, which is no failure of the endpoint.
 */
export type FailureKind =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'reset'
  | 'not_http'
  | 'timeout_connect'
  | 'timeout_first_byte'
  | 'timeout_answer'
  | `http_${number}`
  | 'not_json'
  | 'not_completion'
  | 'too_large'
  | 'stream_broken'
  | 'content_filter'
  | 'provider_error'
  | 'interrupted';

/** Why a call has no result. */
export interface CallFailure {
  readonly kind: FailureKind;
  /** A code of the system or the provider; never a sentence of either, which may quote a key or a prompt. */
  readonly detail: string | null;
}

const KINDS_BY_CODE: ReadonlyMap<string, FailureKind> = new Map([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ETIMEDOUT', 'unreachable'],
  ['EPROTO', 'tls'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
]);

const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Names what the system says of a connection. */
export function classifyError(error: unknown): CallFailure {
  const code = readCode(error);
  if (TLS_CODE.test(code)) return { kind: 'tls', detail: code };
  if (code.startsWith('HPE_')) return { kind: 'not_http', detail: code };
  return { kind: KINDS_BY_CODE.get(code) ?? 'reset', detail: code === '' ? null : code };
}

/** A provider's own code at `error.code` or `error.type`, where it is a code and does not hold the key. */
export function readProviderCode(body: unknown, key: string | null): string | null {
  const error = fieldsOf(fieldsOf(body)['error']);
  const code = [error['code'], error['type']].find(
    (it) => typeof it === 'string' && /^[a-z][a-z0-9_.-]{0,63}$/i.test(it),
  );
  if (typeof code !== 'string' || (key !== null && (code.includes(key) || key.includes(code)))) return null;
  return code;
}

/** Failures that every further call would meet as well: measuring goes on for nothing. */
export function isLasting({ kind }: CallFailure): boolean {
  return LASTING.has(kind);
}

const LASTING: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'dns',
  'refused',
  'unreachable',
  'tls',
  'not_http',
  'http_400',
  'http_401',
  'http_402',
  'http_403',
  'http_404',
  'http_405',
  'http_422',
  'not_completion',
  'interrupted',
]);

/** Attempts at several addresses of a host come as one error that holds theirs. */
function readCode(error: unknown): string {
  const fields = fieldsOf(error);
  if (typeof fields['code'] === 'string') return fields['code'];
  return Array.isArray(fields['errors']) && fields['errors'].length > 0 ? readCode(fields['errors'][0]) : '';
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
