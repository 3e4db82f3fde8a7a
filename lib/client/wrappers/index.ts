export { createAiSdkMiddleware } from './ai-sdk-middleware.ts';
export type { CallContextSource, EventSink } from './event-sink.ts';
export { observeAnthropic } from './observe-anthropic.ts';
export { observeOpenAI } from './observe-openai.ts';
