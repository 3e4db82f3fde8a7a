import { isFields } from '../usage-shapes/raw-counts.ts';

/** Whether a chunk is needed for a report; the others are let go, so a long answer holds no more memory than a short one. */
export function isTelling(chunk: unknown): boolean {
  if (!isFields(chunk)) return false;
  if (isContentChunk(chunk)) return isFields(chunk['usage']);
  const { type } = chunk;
  // Of the responses endpoint's events those tell that hold the response; the finished items repeat its content.
  return typeof type !== 'string' || !type.startsWith('response.') || isFields(chunk['response']);
}

/** Whether a chunk carries a piece of the answer: the first such is the first token. Some servers repeat the usage so far in it. */
export function isContentChunk(chunk: unknown): boolean {
  if (!isFields(chunk)) return false;
  const { type } = chunk;
  if (typeof type === 'string') {
    return type.startsWith('content_block_') ? type === 'content_block_delta' : CONTENT_TYPE.test(type);
  }
  const { choices } = chunk;
  if (!Array.isArray(choices) || choices.length === 0) return false;
  return choices.every((choice) => isFields(choice) && isContentChoice(choice));
}

// Deltas of the responses endpoint and of transcriptions, and images on their way.
const CONTENT_TYPE = /\.delta$|\.partial_image$/;

function isContentChoice(choice: Readonly<Record<string, unknown>>): boolean {
  const isOver = (choice['finish_reason'] ?? null) !== null || isFields(choice['usage']) || isFields(choice['error']);
  if (isOver) return false;
  if (typeof choice['text'] === 'string') return choice['text'] !== '';
  const { delta } = choice;
  // The first chunk of a chat only says who speaks.
  return isFields(delta) && Object.entries(delta).some(([field, value]) => field !== 'role' && isSaid(value));
}

/** Whether a response is made in the background: ordered and `pending`, or `ended`; undefined where it is made at once. */
export function backgroundOf(response: unknown): 'pending' | 'ended' | undefined {
  const chunks: readonly unknown[] = Array.isArray(response) ? response : [response];
  const responses = chunks.filter(isFields).map((chunk) => (isFields(chunk['response']) ? chunk['response'] : chunk));
  const last = responses.findLast((it) => it['object'] === 'response');
  if (last?.['background'] !== true) return undefined;
  return last['status'] === 'queued' || last['status'] === 'in_progress' ? 'pending' : 'ended';
}

function isSaid(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : (value ?? '') !== '';
}
