import { DEFAULT_SAMPLE_SIZE, generateSample, type SampleOptions } from './generate-sample.ts';
import { sampleBudgets, sampleMigrationProfile } from './sample-settings.ts';

/** Sends JSON to one route of the ledger's API, with POST unless said otherwise. @throws when it is not accepted */
export type Post = (path: string, body: unknown, method?: 'PUT') => Promise<unknown>;

const EVENTS_PER_REQUEST = 1_000;

/** How often the ledger is asked whether it has recorded everything, and how often at the most. */
const POLL_MS = 250;
const MAX_POLLS = 480;

/**
 * Fills an empty ledger with the sample: its budgets, its migration profile, then its events through the imports.
 *
 * @param wait - sleeps for so many milliseconds
 * @param onProgress - told how many events are sent, of how many
 * @throws when the ledger does not accept something, or has not recorded everything within two minutes
 */
export async function loadSample(
  post: Post,
  options: SampleOptions,
  wait: (milliseconds: number) => Promise<unknown>,
  onProgress: (sent: number, total: number) => void,
): Promise<number> {
  for (const budget of sampleBudgets()) await post('/v1/budgets', budget);
  const profile = sampleMigrationProfile();
  await post(`/v1/migrations/${String(profile['name'])}`, profile, 'PUT');
  const events = [...generateSample(options)];
  const lastIds: string[] = [];
  for (let at = 0; at < events.length; at += EVENTS_PER_REQUEST) {
    const batch = events.slice(at, at + EVENTS_PER_REQUEST);
    await post('/v1/imports', { events: batch });
    lastIds.push(...batch.slice(-1).map(({ id }) => id));
    onProgress(at + batch.length, options.size ?? DEFAULT_SAMPLE_SIZE);
  }
  await untilRecorded(post, lastIds, wait);
  return events.length;
}

/** A message is settled as a whole, so its last event stands for it. */
async function untilRecorded(
  post: Post,
  ids: readonly string[],
  wait: (milliseconds: number) => Promise<unknown>,
): Promise<void> {
  for (let polls = 0; polls < MAX_POLLS; polls++) {
    const answer = (await post('/v1/entries/status', { ids })) as { entries: readonly { status: string }[] };
    if (answer.entries.every(({ status }) => status === 'recorded')) return;
    await wait(POLL_MS);
  }
  throw new Error('the sample was sent but not recorded within two minutes');
}
