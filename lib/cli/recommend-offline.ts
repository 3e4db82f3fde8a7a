import { bundledCatalog } from '../catalog/catalog.ts';
import { bundledReference } from '../catalog/reference.ts';
import { buildMarket } from '../domain/advice/market.ts';
import { completeProfile, parseProfile, toProfileValue } from '../domain/advice/parse-profile.ts';
import { type Ranking, rankModels, TASK_SCALES, TASKS } from '../domain/advice/rank-models.ts';
import { type Recommendation, recommend } from '../domain/advice/recommend.ts';
import { createPriceBook } from '../domain/prices/price-book.ts';
import { parseInstant } from '../domain/prices/price-catalog-time.ts';
import { WrongUseError } from './ledger-command.ts';

/**
 * Advice on a profile from what ships with the release, at one time.
 *
 * @param at - a date or time as text; the time of asking without it
 * @throws {@link WrongUseError} naming every field at fault, or the time
 */
export function adviseOffline(profile: unknown, at: string | undefined, nowMs: number): Recommendation {
  const atMs = at === undefined ? nowMs : parseInstant(at);
  if (atMs === undefined)
    throw new WrongUseError(`--at: expected a date or an RFC 3339 time, got ${JSON.stringify(at)}`);
  const { given, issues } = parseProfile(profile);
  if (given === undefined) {
    throw new WrongUseError(
      issues.map(({ field, expected }) => `${field === '' ? 'profile' : field}: expected ${expected}`).join('\n'),
    );
  }
  const reference = bundledReference();
  const book = createPriceBook({ catalog: bundledCatalog() });
  const namedModel = given.api_model ?? null;
  const market = buildMarket({ reference, book, atMs, namedModel, namedProvider: null });
  return recommend(completeProfile(given), market, reference);
}

/**
 * Models for a task, best first, on the scale of the task or a named one.
 * @throws {@link WrongUseError} when there is no such task
 */
export function rankOffline(
  task: string,
  scale: string | undefined,
  isSelfHostedOnly: boolean,
): Ranking & { readonly task: string } {
  const known = TASKS.find((it) => it === task);
  if (known === undefined) throw new WrongUseError(`--task: expected one of ${TASKS.join(', ')}`);
  return { task, ...rankModels(bundledReference(), scale ?? TASK_SCALES[known], isSelfHostedOnly) };
}

/** Values of a profile from `FIELD=VALUE`. @throws {@link WrongUseError} when one is not of that form */
export function readProfileTexts(texts: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at <= 0) throw new WrongUseError(`--set: expected FIELD=VALUE, got ${JSON.stringify(text)}`);
      const name = text.slice(0, at);
      return [name, toProfileValue(name, text.slice(at + 1))];
    }),
  );
}
