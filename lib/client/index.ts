// What the package gives to services that send usage: the emitter, and the readers of what providers answer.
export * from './emitter/index.ts';
export { ADAPTER_NAMES, type ResponseHints, readResponse, UnknownAdapterError } from './responses/read-response.ts';
export type { ResponseReading } from './responses/response-adapter.ts';
export { makeTimedId, makeUntimedId } from './responses/response-event-id.ts';
export {
  type CallContext,
  toUsageEvent,
  UnusableResponseError,
  type UsageEventMessage,
} from './responses/to-usage-event.ts';
export * from './wrappers/index.ts';
