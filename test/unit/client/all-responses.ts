import { readdirSync, readFileSync } from 'node:fs';
import { type RecognisedReading, readResponse } from '../../../lib/client/responses/read-response.ts';
import { formatDecimal } from '../../../lib/domain/decimal.ts';
import type { UsageReading } from '../../../lib/domain/events/usage-shapes.ts';
import type { ResponseFixture as OpenaiFixture } from './openai/response-fixtures.ts';

/** A provider's response with what it must read as, and the headers that came with it. */
export interface ResponseFixture extends OpenaiFixture {
  readonly headers?: Readonly<Record<string, string>>;
  readonly expected: OpenaiFixture['expected'] & { readonly region?: string };
}

const FOLDER = new URL('../../fixtures/responses/', import.meta.url);

/** Every response under test/fixtures/responses, or those of the folders named. */
export function loadResponses(folders: readonly string[] = readdirSync(FOLDER).sort()): readonly ResponseFixture[] {
  return folders.flatMap((folder) => {
    const url = new URL(`${folder}/`, FOLDER);
    return readdirSync(url)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => parseFixture(`${folder}/${file.slice(0, -5)}`, readFileSync(new URL(file, url), 'utf8')));
  });
}

/** Reads a response with everything its caller knows; chunks other than the fixture's own may stand in for them. */
export function readFixture(fixture: ResponseFixture, chunks = fixture.chunks, adapter?: string): RecognisedReading {
  const reading = readResponse(fixture.isStream ? chunks : chunks[0], {
    provider: fixture.provider,
    model: fixture.model ?? null,
    ...(fixture.headers === undefined ? {} : { headers: fixture.headers }),
    ...(adapter === undefined ? {} : { adapter }),
  });
  if (reading === undefined) throw new Error(`${fixture.name}: nobody reads it`);
  return reading;
}

/** Counts as the fixtures write them; the issues where there are none. */
export function showUsage(usage: UsageReading): Readonly<Record<string, number | string>> | readonly string[] {
  if (!usage.ok) return usage.issues;
  const counts = Object.fromEntries([...usage.usage.counts].map(([unit, count]) => [unit, Number(count)]));
  const { audioSeconds } = usage.usage;
  return audioSeconds === null ? counts : { ...counts, audio_seconds: formatDecimal(audioSeconds) };
}

function parseFixture(name: string, text: string): ResponseFixture {
  // The files are ours; a wrong one fails the tests that read it.
  const raw = JSON.parse(text) as Omit<ResponseFixture, 'name' | 'isStream'> & { body?: unknown };
  const isStream = raw.body === undefined;
  return { ...raw, name, isStream, chunks: isStream ? raw.chunks : [raw.body] };
}
