import {
  type EmitterNumbers,
  firstNumber,
  isBlurred,
  joinGaps,
  type NumberedCall,
  takeNumber,
  toSpan,
} from './emitter-numbers.ts';
import { type MissingSpan, mergeSpans } from './missing-spans.ts';

/** How much is kept of emitters, and for how long. */
export interface EmitterBounds {
  /** Parts that are stored by themselves, and emitters of each. */
  readonly maxChunks: number;
  readonly maxPerChunk: number;
  /** Gaps of the emitters of one part that are stored apart; beyond, those of who has most grow together. */
  readonly maxGaps: number;
  /** Gaps of one emitter that are kept apart while calls are taken in. */
  readonly maxOpenGaps: number;
  /** An emitter without gaps is forgotten when it sent nothing for so long. */
  readonly idleMs: number;
  /** One with gaps is: nothing that old is accepted any more. */
  readonly lateMs: number;
  /** A gap is counted when it is this old: until then its calls may simply be on their way. */
  readonly settleMs: number;
}

/** Spans of gaps that can no longer be closed that are told apart until they are stored. */
const MAX_CLOSED = 1_000;

/** Emitters that are looked up at a time to make room for others. */
const LEAVING_AT_ONCE = 512;

/**
 * Together 7,680 emitters that sent in the last days: all of them fit into one transaction of 4 MB, with holes and the
 * longest names. A message that fails comes again after 6 minutes, so a quarter of an hour lets it fail twice; calls
 * are accepted for 35 days.
 */
export const EMITTER_BOUNDS: EmitterBounds = {
  maxChunks: 80,
  maxPerChunk: 96,
  maxGaps: 1_152,
  maxOpenGaps: 20_000,
  idleMs: 3 * 86_400_000,
  lateMs: 36 * 86_400_000,
  settleMs: 15 * 60_000,
};

/** Missing calls as they stand at a moment. */
export interface MissingCalls {
  readonly spans: readonly MissingSpan[];
  /** When the next gap becomes old enough to be counted, epoch milliseconds; null = none is too young. */
  readonly settlesAtMs: number | null;
}

/**
 * The emitters of a tenant, in chunks that are stored one by one: a new emitter joins the last chunk, so those that
 * come and go leave the chunks of earlier ones alone.
 */
export class EmitterChunks {
  readonly #bounds: EmitterBounds;
  readonly #chunks: Map<string, EmitterNumbers>[];
  readonly #places = new Map<string, number>();
  readonly #changed = new Set<number>();
  #closed: readonly MissingSpan[] = [];
  /** Who makes room next, last first; those who called since are passed over. */
  #leaving: EmitterNumbers[] = [];

  constructor(chunks: readonly (readonly EmitterNumbers[])[], bounds: EmitterBounds = EMITTER_BOUNDS) {
    this.#bounds = bounds;
    this.#chunks = chunks.map((chunk) => new Map(chunk.map((numbers) => [numbers.id, numbers])));
    for (const [place, chunk] of this.#chunks.entries()) for (const id of chunk.keys()) this.#places.set(id, place);
  }

  /** Chunks that differ from what is stored, by their number. */
  get changed(): ReadonlyMap<number, readonly EmitterNumbers[]> {
    const places = [...this.#changed].sort((a, b) => a - b);
    return new Map(places.map((place) => [place, [...(this.#chunks[place]?.values() ?? [])]]));
  }

  /** Gaps that can no longer be closed, because what is kept has bounds; of the time since it was stored. */
  get closed(): readonly MissingSpan[] {
    return this.#closed;
  }

  /** Takes note that what changed is stored by now. */
  markStored(): void {
    this.#changed.clear();
    this.#closed = [];
  }

  /** Every emitter. */
  *all(): Iterable<EmitterNumbers> {
    for (const chunk of this.#chunks) yield* chunk.values();
  }

  /** Takes in a numbered call of an emitter. */
  take(id: string, call: NumberedCall): void {
    const place = this.#places.get(id) ?? this.#findRoom(call.atMs);
    const known = this.#chunks[place]?.get(id);
    const numbers = known ? takeNumber(known, call) : firstNumber(id, call);
    const { maxOpenGaps } = this.#bounds;
    const isFull = numbers.gaps.length > maxOpenGaps;
    // More than one has to go, so that it is not done again for each number.
    this.#put(place, isFull ? { ...numbers, gaps: joinGaps(numbers.gaps, Math.ceil(maxOpenGaps / 2)) } : numbers);
  }

  /**
   * Takes in the number of a call that had been recorded before. It may be an old one of an emitter that was forgotten
   * since, so it says nothing of the numbers before the first one that is known. Nor does it where gaps grew together:
   * it may be the number of a recorded call that arrives once more.
   */
  takeSpare(id: string, call: NumberedCall): void {
    const known = this.#chunks[this.#places.get(id) ?? -1]?.get(id);
    if (known && call.sequence > known.low && !isBlurred(known, call.sequence)) this.take(id, call);
  }

  /** Lets gaps grow together where a part that changed holds more than are stored. */
  joinGaps(): void {
    const { maxGaps } = this.#bounds;
    for (const place of this.#changed) {
      const chunk = [...(this.#chunks[place]?.values() ?? [])];
      const most = findShare(
        chunk.map(({ gaps }) => gaps.length),
        maxGaps,
      );
      for (const numbers of chunk)
        if (numbers.gaps.length > most) this.#put(place, { ...numbers, gaps: joinGaps(numbers.gaps, most) });
    }
  }

  /** Drops emitters that say nothing any more. */
  forget(nowMs: number): void {
    for (const numbers of [...this.all()]) {
      const keptMs = numbers.gaps.length === 0 ? this.#bounds.idleMs : this.#bounds.lateMs;
      if (numbers.lastMs < nowMs - keptMs) this.#drop(numbers, nowMs);
    }
  }

  /** The calls that are missing for longer than they may be on their way. */
  missing(nowMs: number): MissingCalls {
    const spans: MissingSpan[] = [];
    let settlesAtMs: number | null = null;
    for (const { gaps, app } of this.all()) {
      for (const gap of gaps) {
        const atMs = gap.noticedMs + this.#bounds.settleMs;
        if (atMs <= nowMs) spans.push(toSpan(gap, app));
        else settlesAtMs = Math.min(settlesAtMs ?? atMs, atMs);
      }
    }
    return { spans, settlesAtMs };
  }

  #put(place: number, numbers: EmitterNumbers): void {
    const chunk = this.#chunks[place] ?? new Map<string, EmitterNumbers>();
    this.#chunks[place] = chunk.set(numbers.id, numbers);
    this.#places.set(numbers.id, place);
    this.#changed.add(place);
  }

  /** What had time to come and did not stays missed; what may be on its way was never counted, nor is it now. */
  #drop({ id, gaps, app }: EmitterNumbers, nowMs: number): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    const settled = gaps.filter(({ noticedMs }) => noticedMs + this.#bounds.settleMs <= nowMs);
    const closed = [...this.#closed, ...settled.map((gap) => toSpan(gap, app))];
    if (settled.length > 0) this.#closed = closed.length > MAX_CLOSED ? mergeSpans(closed, MAX_CLOSED / 2) : closed;
    this.#chunks[place]?.delete(id);
    this.#places.delete(id);
    this.#changed.add(place);
  }

  /** The chunk for a new emitter; where all are full, the one that was silent longest makes room. */
  #findRoom(nowMs: number): number {
    const { maxChunks, maxPerChunk } = this.#bounds;
    const last = Math.max(0, this.#chunks.length - 1);
    if ((this.#chunks[last]?.size ?? 0) < maxPerChunk) return last;
    if (this.#chunks.length < maxChunks) return this.#chunks.length;
    const roomy = this.#chunks.findIndex(({ size }) => size < maxPerChunk);
    if (roomy >= 0) return roomy;
    this.#drop(this.#findIdlest(), nowMs);
    return this.#chunks.findIndex(({ size }) => size < maxPerChunk);
  }

  /** One with gaps counts as silent later: until then its calls may be on their way. */
  #findIdlest(): EmitterNumbers {
    for (;;) {
      const next = this.#leaving.pop();
      if (next && this.#chunks[this.#places.get(next.id) ?? -1]?.get(next.id) === next) return next;
      if (next) continue;
      const rank = ({ lastMs, gaps }: EmitterNumbers): number => lastMs + (gaps.length > 0 ? this.#bounds.settleMs : 0);
      this.#leaving = [...this.all()]
        .sort((a, b) => rank(a) - rank(b))
        .slice(0, LEAVING_AT_ONCE)
        .reverse();
    }
  }
}

/** The most that each may keep so that all together keep no more than the sum; from 1. */
function findShare(sizes: readonly number[], sum: number): number {
  let left = sum;
  for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (sizes.length - index));
    if (size > share) return Math.max(1, share);
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}
