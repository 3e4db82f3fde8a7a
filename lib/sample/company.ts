import { TRAFFIC, type Traffic } from './traffic.ts';

/** One stream of like calls of the sample's company: an app's feature in one environment on one model. */
export interface Workload {
  readonly app: string;
  readonly team: string;
  readonly environment: 'prod' | 'dev';
  readonly feature: string;
  readonly model: SampleModel;
  readonly traffic: Traffic;
  /** Part of all calls, before the shares of all workloads are scaled to 1. */
  readonly weight: number;
}

/** A model as the sample's company calls it. */
export interface SampleModel {
  readonly name: string;
  /** Absent where no vendor serves the model: nothing can price it. */
  readonly provider?: string;
  /** Largest prompt and largest answer in tokens that the sample sends to it. */
  readonly inputTokensLimit: number;
  readonly outputTokensLimit: number;
  /** How its prompt cache reports: reads in steps of 128 tokens, reads and five-minute writes, or not at all. */
  readonly cache: 'read' | 'read_and_write' | 'none';
}

const model = (
  name: string,
  provider: string | undefined,
  inputTokensLimit: number,
  outputTokensLimit: number,
  cache: SampleModel['cache'],
): SampleModel => ({
  name,
  inputTokensLimit,
  outputTokensLimit,
  cache,
  ...(provider === undefined ? {} : { provider }),
});

const GPT_4O = model('gpt-4o', 'openai', 120_000, 16_000, 'read');
const GPT_4O_MINI = model('gpt-4o-mini', 'openai', 120_000, 16_000, 'read');
const EMBEDDING = model('text-embedding-3-small', 'openai', 280_000, 0, 'none');
const OPUS = model('claude-opus-4-1-20250805', 'anthropic', 190_000, 30_000, 'read_and_write');
const SONNET = model('claude-sonnet-4-5-20250929', 'anthropic', 190_000, 60_000, 'read_and_write');
const HAIKU = model('claude-haiku-4-5-20251001', 'anthropic', 190_000, 60_000, 'read_and_write');
const FLASH = model('gemini-2.5-flash', 'google', 190_000, 60_000, 'read');
// The company's own fine-tuned model: no vendor prices it, so its calls stay visibly unpriced.
const IN_HOUSE = model('acme-internal-13b', undefined, 30_000, 4_000, 'none');

/** The app whose calls would cost less on rented hardware; see `sampleMigrationProfile`. */
export const MIGRATION_APP = 'claims-extraction';

/** The app that runs away for one hour. */
export const RUNAWAY_APP = 'research-agent';

/** Teams with the cost centre their calls are tagged with. */
export const COST_CENTERS: Readonly<Record<string, string>> = {
  'customer-care': '4711',
  commerce: '4720',
  engineering: '4735',
  documents: '4742',
  marketing: '4758',
  'data-platform': '4763',
};

type AppRow = readonly [
  app: string,
  team: string,
  kind: keyof typeof TRAFFIC,
  model: SampleModel,
  weight: number,
  features: string,
];

// 40 apps. The weights are ours: a few apps make most calls, and one premium workload makes most of the money.
const APPS: readonly AppRow[] = [
  ['support-bot', 'customer-care', 'chat', GPT_4O_MINI, 60, 'triage answer'],
  ['help-center-search', 'customer-care', 'rag', GPT_4O_MINI, 35, 'answer'],
  ['ticket-router', 'customer-care', 'classify', GPT_4O_MINI, 40, 'route urgency'],
  ['voice-summary', 'customer-care', 'rag', FLASH, 12, 'summary'],
  ['refund-assistant', 'customer-care', 'chat', HAIKU, 12, 'draft'],
  ['complaint-watch', 'customer-care', 'classify', FLASH, 12, 'sentiment'],
  ['agent-coach', 'customer-care', 'chat', GPT_4O, 8, 'hints'],
  ['shop-assistant', 'commerce', 'chat', GPT_4O, 45, 'advice sizes'],
  ['product-search', 'commerce', 'embed', EMBEDDING, 40, 'query'],
  ['catalog-enricher', 'commerce', 'extract', FLASH, 18, 'attributes titles'],
  ['review-digest', 'commerce', 'rag', FLASH, 12, 'digest'],
  ['price-explainer', 'commerce', 'chat', GPT_4O_MINI, 8, 'explain'],
  ['fraud-notes', 'commerce', 'classify', IN_HOUSE, 14, 'notes'],
  ['returns-classifier', 'commerce', 'classify', IN_HOUSE, 10, 'reason'],
  ['code-assistant', 'engineering', 'agent', SONNET, 120, 'edit review'],
  ['code-completion', 'engineering', 'code', HAIKU, 70, 'inline'],
  ['pull-request-review', 'engineering', 'agent', SONNET, 40, 'review'],
  ['incident-helper', 'engineering', 'rag', SONNET, 8, 'timeline'],
  ['log-explainer', 'engineering', 'rag', FLASH, 10, 'explain'],
  ['test-writer', 'engineering', 'agent', HAIKU, 14, 'unit-tests'],
  ['migration-bot', 'engineering', 'agent', SONNET, 10, 'codemods'],
  ['docs-search', 'engineering', 'embed', EMBEDDING, 12, 'query'],
  [MIGRATION_APP, 'documents', 'longDocument', OPUS, 270, 'extract'],
  ['contract-review', 'documents', 'report', SONNET, 60, 'clauses risk'],
  ['invoice-reader', 'documents', 'extract', FLASH, 24, 'fields'],
  ['archive-index', 'documents', 'embed', EMBEDDING, 24, 'index'],
  ['policy-chat', 'documents', 'rag', GPT_4O, 10, 'answer'],
  ['translation-desk', 'documents', 'extract', GPT_4O, 8, 'translate'],
  ['mail-sorter', 'documents', 'classify', GPT_4O_MINI, 14, 'sort'],
  ['campaign-writer', 'marketing', 'chat', GPT_4O, 12, 'copy subject'],
  ['seo-pages', 'marketing', 'report', FLASH, 10, 'pages'],
  ['social-listening', 'marketing', 'classify', FLASH, 14, 'topics'],
  ['newsletter-draft', 'marketing', 'chat', HAIKU, 8, 'draft'],
  ['brand-check', 'marketing', 'classify', GPT_4O_MINI, 8, 'tone'],
  [RUNAWAY_APP, 'data-platform', 'agent', OPUS, 45, 'browse'],
  ['sql-assistant', 'data-platform', 'rag', GPT_4O, 20, 'query explain'],
  ['report-builder', 'data-platform', 'report', SONNET, 40, 'monthly'],
  ['metadata-tagger', 'data-platform', 'classify', IN_HOUSE, 10, 'tags'],
  ['quality-judge', 'data-platform', 'rag', HAIKU, 14, 'judge'],
  ['feature-store-text', 'data-platform', 'embed', EMBEDDING, 10, 'vectors'],
];

const DEVELOPMENT_SHARE = 0.1;
const FIRST_FEATURE_SHARE = 0.7;

/** Lists every workload of the sample's company, always in the same order. */
export function listWorkloads(): readonly Workload[] {
  return APPS.flatMap(([app, team, kind, appModel, weight, featureNames]) => {
    const features = featureNames.split(' ');
    return features.flatMap((feature, index) => {
      const last = 1 - FIRST_FEATURE_SHARE;
      const featureShare = features.length === 1 ? 1 : index === 0 ? FIRST_FEATURE_SHARE : last / (features.length - 1);
      const environments = [
        ['prod', 1 - DEVELOPMENT_SHARE],
        ['dev', DEVELOPMENT_SHARE],
      ] as const;
      return environments.map(([environment, share]) => ({
        app,
        team,
        environment,
        feature,
        model: appModel,
        traffic: environment === 'dev' ? { ...TRAFFIC[kind], hours: 'office' as const } : TRAFFIC[kind],
        weight: weight * featureShare * share,
      }));
    });
  });
}
