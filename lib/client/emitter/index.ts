export type { EmitterCounters } from './counters.ts';
export { createEmitter, EMITTER_VERSION, type Emitter, type FlushOptions, type FlushReport } from './emitter.ts';
export type { EmitterOptions } from './emitter-options.ts';
export type { EmitterContext } from './event-writer.ts';
export type { DroppedEvents, EmitterHooks } from './host-hooks.ts';
export { type HttpTransportOptions, httpTransport } from './http-transport.ts';
export {
  type EmitterMiddleware,
  emitterMiddleware,
  type InvocationContext,
  type InvocationFlushOptions,
  withEmitter,
} from './lambda.ts';
export type { IdSource, ResponseReport } from './report-response.ts';
export { type SqsSender, type SqsTransportOptions, sqsTransport } from './sqs-transport.ts';
export type { EmitterSurroundings, Timer } from './surroundings.ts';
export type { EmitterTransport, OutgoingMessage, RefusedEvent, SendOutcome } from './transport.ts';
