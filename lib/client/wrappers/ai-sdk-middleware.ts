import { fieldsAt } from '../responses/response-fields.ts';
import type { CallContextSource, EventSink } from './event-sink.ts';
import { type AnswerReader, type ObservedCall, observeCall } from './observe-call.ts';
import { type AiSdkModel, readAiSdkAnswer } from './read-ai-sdk.ts';

/** A middleware of the AI SDK's version 6 (specification `v3`), as `wrapLanguageModel` takes one. */
export interface AiSdkMiddleware {
  readonly specificationVersion: 'v3';
  wrapGenerate<R>(options: { readonly doGenerate: () => PromiseLike<R>; readonly model: AiSdkModel }): Promise<R>;
  wrapStream<P, R extends { readonly stream: ReadableStream<P> }>(options: {
    readonly doStream: () => PromiseLike<R>;
    readonly model: AiSdkModel;
  }): Promise<R>;
}

/**
 * A middleware that reports every call of a language model to the emitter: `generateText`, `streamText` and whatever else
 * is built on the model, each step of a tool loop as the call that it is. Results pass as they are, a stream piece by
 * piece, and no failure of a report reaches the host.
 *
 * @param context - what is known of the calls; a function is handed `{ model }`
 */
export function createAiSdkMiddleware(emitter: EventSink, context: CallContextSource = {}): AiSdkMiddleware {
  const begin = (model: AiSdkModel): ObservedCall =>
    observeCall(emitter, {
      request: { model: model.modelId },
      provider: null,
      region: null,
      operation: 'chat',
      context,
    });
  return {
    specificationVersion: 'v3',
    async wrapGenerate({ doGenerate, model }) {
      const call = begin(model);
      const result = await failing(doGenerate(), call);
      call.end(() => readAiSdkAnswer(result, model));
      return result;
    },
    async wrapStream({ doStream, model }) {
      const call = begin(model);
      const result = await failing(doStream(), call);
      return { ...result, stream: watchStream(result, model, call) };
    },
  };
}

async function failing<R>(step: PromiseLike<R>, call: ObservedCall, answer?: AnswerReader): Promise<R> {
  try {
    return await step;
  } catch (cause) {
    call.fail(cause, answer);
    throw cause;
  }
}

/** The same parts at the pace at which they are asked for. */
function watchStream<P>(
  result: { readonly stream: ReadableStream<P>; readonly response?: unknown },
  model: AiSdkModel,
  call: ObservedCall,
): ReadableStream<P> {
  const reader = result.stream.getReader();
  const told: Record<string, unknown> = { response: result.response };
  const answer = () => readAiSdkAnswer(told, model);
  return new ReadableStream<P>(
    {
      async pull(controller) {
        const { done, value } = await failing(reader.read(), call, answer);
        if (!done) {
          note(value, told, call, answer);
          controller.enqueue(value);
          return;
        }
        call.end(answer);
        controller.close();
      },
      async cancel(reason) {
        call.leave(answer);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Keeps what a part tells of its call, in the form of an answer that came as a whole. */
function note(part: unknown, told: Record<string, unknown>, call: ObservedCall, answer: AnswerReader): void {
  if (typeof part !== 'object' || part === null || !('type' in part)) return;
  const { type } = part;
  if (typeof type === 'string' && type.endsWith('-delta')) call.markFirstToken();
  if (type === 'response-metadata') told['response'] = { ...fieldsAt(told, 'response'), ...part };
  if (type === 'error' && 'error' in part) call.fail(part.error, answer);
  if (type === 'finish') Object.assign(told, part);
}
