import { formatDecimal } from '../../domain/decimal.ts';
import type { UsageReading } from '../../domain/events/usage-shapes.ts';
import { soleVendor } from '../../domain/prices/model-name.ts';
import type { CompatibleServer } from '../usage-shapes/compatible-servers.ts';
import { type ChatDifferences, OPENAI_CHAT } from '../usage-shapes/openai-chat.ts';
import { firstValueAt } from '../usage-shapes/openai-paths.ts';
import { amountAt, OPENROUTER_CHAT, readOpenrouterCost } from '../usage-shapes/openrouter.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { missingUsage } from './response-fields.ts';

/** Whoever answered in OpenAI's protocol, as far as it changes how an answer is read. */
export interface OpenaiServer {
  /** The provider of an answer that names this model; null where the answer may be anybody's. */
  providerOf(model: string | null): string | null;
  readonly chat: ChatDifferences;
  /** Where a body or chunk holds its usage, in order of preference. */
  readonly usageAt: readonly string[];
  /** Whether two of its responses may have the same id. */
  readonly doIdsRepeat: boolean;
  /** The charge that usage names, as decimal text in USD. What is no amount becomes an issue. */
  readCost(usage: RawFields, issues: string[]): string | null;
}

/** Usage of one answer together with the charge that it names. */
export interface PricedUsage {
  readonly usage: UsageReading;
  readonly reportedCostUsd: string | null;
}

/** OpenAI, or any server that was not named: models that OpenAI alone serves are its own, others are left open. */
export const ANY_OPENAI_SERVER: OpenaiServer = {
  providerOf: (model) => (model !== null && isModelOfOpenai(model) ? 'openai' : null),
  chat: OPENAI_CHAT,
  usageAt: ['usage'],
  doIdsRepeat: false,
  readCost: () => null,
};

/** Azure answers as OpenAI does; its prices and regions are its own. */
export const AZURE_SERVER: OpenaiServer = { ...ANY_OPENAI_SERVER, providerOf: () => 'azure' };

/** OpenRouter names its models by vendor and tells what it charged. */
export const OPENROUTER_SERVER: OpenaiServer = {
  providerOf: () => 'openrouter',
  chat: OPENROUTER_CHAT,
  usageAt: ['usage'],
  doIdsRepeat: false,
  readCost: readOpenrouterCost,
};

/** A server of the table of differences. */
export function toOpenaiServer(server: CompatibleServer): OpenaiServer {
  return {
    providerOf: () => server.provider,
    chat: server,
    usageAt: server.usageAt,
    doIdsRepeat: server.doIdsRepeat,
    readCost: (usage, issues) => {
      const amount = server.cost === null ? null : amountAt(usage, server.cost.at, issues);
      if (amount === null || server.cost === null) return null;
      return formatDecimal({ ...amount, scale: amount.scale + server.cost.decimals });
    },
  };
}

/**
 * Reads the usage that a body or chunk holds where this server puts it. An empty object says as little as none, and
 * a charge that is no amount spoils the usage rather than being dropped.
 *
 * @returns undefined when there is none
 */
export function readUsageOf(
  holder: RawFields,
  server: OpenaiServer,
  read: (raw: RawFields) => UsageReading,
): PricedUsage | undefined {
  const raw = firstValueAt(holder, server.usageAt);
  if (!isFields(raw) || Object.keys(raw).length === 0) return undefined;
  const usage = read(raw);
  const issues: string[] = [];
  const reportedCostUsd = server.readCost(raw, issues);
  if (issues.length === 0) return { usage, reportedCostUsd };
  return { usage: { ok: false, issues: usage.ok ? issues : [...usage.issues, ...issues] }, reportedCostUsd: null };
}

/** The usage of an answer that names none. */
export const NO_USAGE: PricedUsage = { usage: missingUsage('usage'), reportedCostUsd: null };

const OTHER_MODELS =
  /^(?:text-embedding-(?:ada-002|3-)|davinci-|babbage-|dall-e-|whisper-1|tts-1|codex-|computer-use-)/;

/** Names that OpenAI alone answers by, its embedding, image and audio models and its fine-tuned ones included. */
function isModelOfOpenai(model: string): boolean {
  const name = model.trim().toLowerCase().replace(/^ft:/, '');
  return soleVendor(name) === 'openai' || OTHER_MODELS.test(name);
}
