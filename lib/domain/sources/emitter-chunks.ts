import {
  type EmitterNumbers,
  firstNumber,
  type Gap,
  type NumberedCall,
  takeNumber,
  toSpan,
} from './emitter-numbers.ts';
import type { MissingSpan } from './missing-spans.ts';

/** How much is kept of emitters, and for how long. */
export interface EmitterBounds {
  /** Parts that are stored by themselves, and emitters of each. */
  readonly maxChunks: number;
  readonly maxPerChunk: number;
  /** Gaps of one emitter that late calls can still close. */
  readonly maxGaps: number;
  /** An emitter without gaps is forgotten when it sent nothing for so long. */
  readonly idleMs: number;
  /** One with gaps is: nothing that old is accepted any more. */
  readonly lateMs: number;
  /** A gap is counted when it is this old: until then its calls may simply be on their way. */
  readonly settleMs: number;
}

/**
 * Together 7,680 emitters that sent in the last days: all of them fit into one transaction of 4 MB, with holes and the
 * longest names. A message that fails comes again after 6 minutes, so a quarter of an hour lets it fail twice; calls
 * are accepted for 35 days.
 */
export const EMITTER_BOUNDS: EmitterBounds = {
  maxChunks: 80,
  maxPerChunk: 96,
  maxGaps: 12,
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
  #closed: MissingSpan[] = [];

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
    const place = this.#places.get(id) ?? this.#findRoom();
    const known = this.#chunks[place]?.get(id);
    this.#put(place, this.#boundGaps(known ? takeNumber(known, call) : firstNumber(id, call)));
  }

  /**
   * Takes in the number of a call that had been recorded before. It may be an old one of an emitter that was forgotten
   * since, so it says nothing of the numbers before the first one that is known.
   */
  takeSpare(id: string, call: NumberedCall): void {
    const known = this.#chunks[this.#places.get(id) ?? -1]?.get(id);
    if (known && call.sequence > known.low) this.take(id, call);
  }

  /** Drops emitters that say nothing any more. */
  forget(nowMs: number): void {
    for (const numbers of [...this.all()]) {
      const keptMs = numbers.gaps.length === 0 ? this.#bounds.idleMs : this.#bounds.lateMs;
      if (numbers.lastMs < nowMs - keptMs) this.#drop(numbers);
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

  #drop({ id, gaps, app }: EmitterNumbers): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#close(gaps, app);
    this.#chunks[place]?.delete(id);
    this.#places.delete(id);
    this.#changed.add(place);
  }

  #close(gaps: readonly Gap[], app: string | null): void {
    this.#closed.push(...gaps.map((gap) => toSpan(gap, app)));
  }

  /** The gap noticed first has waited longest for late calls. */
  #boundGaps(numbers: EmitterNumbers): EmitterNumbers {
    const excess = numbers.gaps.length - this.#bounds.maxGaps;
    if (excess <= 0) return numbers;
    const oldest = new Set(
      numbers.gaps.toSorted((a, b) => a.noticedMs - b.noticedMs || a.from - b.from).slice(0, excess),
    );
    this.#close([...oldest], numbers.app);
    return { ...numbers, gaps: numbers.gaps.filter((gap) => !oldest.has(gap)) };
  }

  /** The chunk for a new emitter; where all are full, the one that was silent longest makes room. */
  #findRoom(): number {
    const { maxChunks, maxPerChunk } = this.#bounds;
    const last = Math.max(0, this.#chunks.length - 1);
    if ((this.#chunks[last]?.size ?? 0) < maxPerChunk) return last;
    if (this.#chunks.length < maxChunks) return this.#chunks.length;
    const roomy = this.#chunks.findIndex(({ size }) => size < maxPerChunk);
    if (roomy >= 0) return roomy;
    let idlest: EmitterNumbers | undefined;
    for (const numbers of this.all()) if (!idlest || numbers.lastMs < idlest.lastMs) idlest = numbers;
    if (idlest) this.#drop(idlest);
    return this.#chunks.findIndex(({ size }) => size < maxPerChunk);
  }
}
