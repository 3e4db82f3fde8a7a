import { readdirSync, readFileSync } from 'node:fs';

/** A provider's response with what it must read as, kept in a file of its own. */
export interface ResponseFixture {
  /** Folder and name, for titles. */
  readonly name: string;
  /** Where the counts and fields were published: repository and path, or what the body was made up to show. */
  readonly source: string;
  readonly invented: boolean;
  readonly adapter: string;
  /** What the caller knows and the body does not say. */
  readonly provider: string | null;
  readonly model?: string;
  readonly timestamp: string;
  /** The chunks of a stream, or a whole body as the only one. */
  readonly chunks: readonly unknown[];
  readonly isStream: boolean;
  readonly expected: ExpectedReading;
}

/** Amounts are decimal text; `usage` holds disjoint counts, or null with a part of the issue's sentence. */
export interface ExpectedReading {
  readonly usage: Readonly<Record<string, number | string>> | null;
  readonly issue?: string;
  readonly call: string;
  /** Of the rating: `reported` where the answer names its charge. */
  readonly status: string;
  readonly cost_usd: string | null;
  /** What the catalog makes of the call, where the answer names its charge and the two must agree. */
  readonly catalog_cost_usd?: string;
  readonly working: string;
  readonly reported_cost_usd?: string;
  readonly provider_read?: string;
  readonly model_read?: string;
  readonly response_id?: string;
  readonly created_ms?: number;
  readonly operation?: string;
  readonly service_tier?: string;
  /** The adapter is found without being named. */
  readonly recognised?: boolean;
  /** The last chunk reads as the whole stream does. */
  readonly final_chunk_alone?: boolean;
}

const FOLDERS = ['openai', 'azure', 'openrouter', 'compatible'];

/** Every response of OpenAI's family of protocols under test/fixtures/responses. */
export function loadOpenaiFixtures(): readonly ResponseFixture[] {
  return FOLDERS.flatMap((folder) => {
    const url = new URL(`../../../fixtures/responses/${folder}/`, import.meta.url);
    return readdirSync(url)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => parseFixture(`${folder}/${file.slice(0, -5)}`, readFileSync(new URL(file, url), 'utf8')));
  });
}

function parseFixture(name: string, text: string): ResponseFixture {
  // The files are ours; a wrong one fails the tests that read it.
  const raw = JSON.parse(text) as Omit<ResponseFixture, 'name' | 'isStream'> & { body?: unknown };
  const isStream = raw.body === undefined;
  return { ...raw, name, isStream, chunks: isStream ? raw.chunks : [raw.body] };
}
