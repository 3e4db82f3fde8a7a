/** The service tier that list prices are quoted for. */
export const DEFAULT_TIER = 'default';

/** What vendors and their clients call the tiers; a word that is not here stands for itself. */
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    default: ['', 'standard', 'standard_only', 'auto', 'on_demand', 'ondemand', 'unspecified'],
    batch: ['batch_api', 'batches', 'batch_job', 'global_batch', 'globalbatch', 'message_batch', 'message_batches'],
    flex: ['flex_processing', 'on_demand_flex'],
    priority: ['priority_processing', 'on_demand_priority'],
    fast: ['fast_mode'],
  }).flatMap(([tier, spellings]) => spellings.map((spelling) => [spelling, tier] as const)),
);

/**
 * The service tier that a call or a price means, in the catalog's words: lower case with underscores, common spellings
 * folded (`Batch API` is `batch`, `on-demand` is `default`). A tier that nobody knows stays as it is and has no price.
 */
export function toServiceTier(sent: string | null | undefined): string {
  const word = (sent ?? '')
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  return SPELLINGS.get(word) ?? word;
}

/** Whether a service tier as sent, or none, is the one that list prices are quoted for. */
export function isDefaultTier(sent: string | null | undefined): boolean {
  return toServiceTier(sent) === DEFAULT_TIER;
}
