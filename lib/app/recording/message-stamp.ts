import { MESSAGE_ATTRIBUTES } from '../../contracts/message-attributes.ts';

/** What the API function or the sweep wrote on a message; means nothing from anyone else. */
export interface MessageStamp {
  readonly tenant?: string;
  readonly firstArrivalMs?: number;
  readonly firstMessageId?: string;
  /** The reject that the message comes from. */
  readonly reject?: RejectName;
  /** How often it came back from the dead letters; absent for never. */
  readonly returns?: number;
  readonly returnedAtMs?: number;
}

/** Where a reject is kept. */
export interface RejectName {
  /** Tenant under which it is kept, `-` for none. */
  readonly tenant: string;
  readonly rejectId: string;
}

/**
 * Reads a stamp from a message's attributes; what is malformed counts as absent.
 *
 * @param textOf - the text of an attribute by its name
 */
export function readStamp(textOf: (name: string) => string | undefined): MessageStamp {
  const tenant = textOf(MESSAGE_ATTRIBUTES.tenant);
  const firstMessageId = textOf(MESSAGE_ATTRIBUTES.firstMessage);
  const firstArrivalMs = readWhole(textOf(MESSAGE_ATTRIBUTES.firstArrival));
  const returns = readWhole(textOf(MESSAGE_ATTRIBUTES.returns));
  const returnedAtMs = readWhole(textOf(MESSAGE_ATTRIBUTES.returnedAt));
  const reject = readName(textOf(MESSAGE_ATTRIBUTES.reject));
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(firstArrivalMs === undefined ? {} : { firstArrivalMs }),
    ...(firstMessageId === undefined ? {} : { firstMessageId }),
    ...(reject === undefined ? {} : { reject }),
    ...(returns === undefined ? {} : { returns }),
    ...(returnedAtMs === undefined ? {} : { returnedAtMs }),
  };
}

/** A stamp as attributes of a message, by name; {@link readStamp} reads them back. */
export function writeStamp(stamp: MessageStamp): ReadonlyMap<string, string> {
  const { reject } = stamp;
  const texts: readonly (readonly [string, string | number | undefined])[] = [
    [MESSAGE_ATTRIBUTES.tenant, stamp.tenant],
    [MESSAGE_ATTRIBUTES.firstArrival, stamp.firstArrivalMs],
    [MESSAGE_ATTRIBUTES.firstMessage, stamp.firstMessageId],
    [MESSAGE_ATTRIBUTES.reject, reject && `${reject.tenant}/${reject.rejectId}`],
    [MESSAGE_ATTRIBUTES.returns, stamp.returns],
    [MESSAGE_ATTRIBUTES.returnedAt, stamp.returnedAtMs],
  ];
  return new Map(texts.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

function readWhole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function readName(text: string | undefined): RejectName | undefined {
  const parts = /^([^/]+)\/(.+)$/.exec(text ?? '');
  return parts ? { tenant: parts[1] ?? '', rejectId: parts[2] ?? '' } : undefined;
}
