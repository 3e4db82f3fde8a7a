/**
 * Writes `lib/catalog/snapshot.generated.json` from the pinned price library and our own rows, and prints what changed.
 * Run by `npx node lib/catalog/build/build-snapshot.ts`; with `--check` it only fails when the file is out of date.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { waitForUpdate } from '@pydantic/genai-prices';
import { BORROWED_PRICES, FREE_MODELS, OWN_MODELS } from '../own-rows.ts';
import type { Snapshot, SnapshotModel } from '../snapshot.ts';
import { convertProvider } from './library.ts';
import { checkPeriods, layOwnModel, type Source } from './own.ts';

const FILE = new URL('../snapshot.generated.json', import.meta.url);
const LIBRARY = 'pydantic/genai-prices 0.1.8';
const CHECKED_ON = '2026-11-21';
// Azure serves DeepSeek's models at its own prices, which DeepSeek's day and night rates say nothing about.
const NO_FALLBACK = new Set(['deepseek']);
const MAX_GZIPPED_BYTES = 60_000;

const snapshot = await buildSnapshot();
const text = toText(snapshot);
const previous = readPrevious();
printDifference(previous, snapshot);
const gzippedBytes = gzipSync(text).length;
console.log(`version ${snapshot.version}, ${text.length} bytes, ${gzippedBytes} gzipped`);
if (gzippedBytes > MAX_GZIPPED_BYTES) throw new Error(`the snapshot may have ${MAX_GZIPPED_BYTES} bytes gzipped`);
if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (previous?.version !== snapshot.version) process.exitCode = 1;

async function buildSnapshot(): Promise<Snapshot> {
  const providers = (await waitForUpdate()) ?? [];
  const sources: Source[] = [];
  const models: Record<string, readonly SnapshotModel[]> = {};
  const fallbacks: Record<string, readonly string[]> = {};
  for (const provider of providers) {
    const isFree = (model: string): boolean => FREE_MODELS.some(([id, free]) => id === provider.id && free === model);
    const isBorrowed = (model: SnapshotModel): boolean => BORROWED_PRICES.get(provider.id)?.test(model.id) ?? false;
    let converted = convertProvider(provider, isFree).filter((model) => !isBorrowed(model));
    for (const own of OWN_MODELS) if (own.provider === provider.id) converted = layOwnModel(converted, own, sources);
    for (const model of converted) checkPeriods(provider.id, model);
    models[provider.id] = converted.filter((model) => model.periods.length > 0).sort((a, b) => (a.id < b.id ? -1 : 1));
    const others = (provider.fallback_model_providers ?? []).filter((id) => !NO_FALLBACK.has(id));
    if (others.length > 0) fallbacks[provider.id] = others;
  }
  const content = { library: LIBRARY, checkedOn: CHECKED_ON, sources, fallbacks, models };
  const version = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
  return { version, ...content };
}

/** One model a line, so that a change of price is a change of one line. */
function toText({ models, ...head }: Snapshot): string {
  const providers = Object.entries(models).map(([provider, list]) => {
    return `${JSON.stringify(provider)}:[\n${list.map((model) => JSON.stringify(model)).join(',\n')}\n]`;
  });
  return `${JSON.stringify(head).slice(0, -1)},\n"models":{${providers.join(',\n')}}}\n`;
}

function readPrevious(): Snapshot | undefined {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    return undefined;
  }
}

function printDifference(before: Snapshot | undefined, after: Snapshot): void {
  const [old, now] = [linesOf(before), linesOf(after)];
  for (const [name, line] of now) {
    const was = old.get(name);
    if (was === undefined) console.log(`+ ${name} ${line}`);
    else if (was !== line) console.log(`~ ${name}\n    ${was}\n    ${line}`);
  }
  for (const name of old.keys()) if (!now.has(name)) console.log(`- ${name}`);
}

function linesOf(snapshot: Snapshot | undefined): Map<string, string> {
  const entries = Object.entries(snapshot?.models ?? {});
  return new Map(
    entries.flatMap(([provider, list]) =>
      list.map((model) => [`${provider} ${model.id}`, JSON.stringify(model)] as const),
    ),
  );
}
