import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bundledCatalog } from '../catalog/catalog.ts';
import { readCatalogRows } from '../catalog/rows.ts';
import { ADAPTER_NAMES, readResponse } from '../client/responses/read-response.ts';
import type { ResponseReading } from '../client/responses/response-adapter.ts';
import { isFields } from '../client/usage-shapes/raw-counts.ts';
import { readUsage, USAGE_SHAPES } from '../client/usage-shapes/read-usage.ts';
import { LedgerError } from '../domain/errors.ts';
import { formatUsd, parseUsd } from '../domain/money.ts';
import { createPriceBook, type PriceBook } from '../domain/prices/price-book.ts';
import { isDefaultTier } from '../domain/prices/price-book-tiers.ts';
import type { Catalog } from '../domain/prices/price-catalog.ts';
import { parseInstant } from '../domain/prices/price-catalog-time.ts';
import type { Rating } from '../domain/rating/rated-call.ts';
import { rateUsage } from '../domain/rating/rating.ts';
import { linesOf, type RatedLine } from '../domain/rating/rating-lines.ts';
import { showValue } from '../domain/shown-value.ts';
import { answerLines, LineError } from './answer-lines.ts';
import { parseExactJson } from './exact-json.ts';
import type { CliIo, Command } from './io.ts';

/** `tokenledger rate`: prices of calls, line by line, without a ledger. */
export const rateCommand: Command = {
  name: 'rate',
  summary: 'Price calls from their usage (NDJSON in, NDJSON out)',
  usage: `tokenledger rate [--catalog FILE] < LINES   each {"id","provider","model","timestamp"?,"usage_shape","usage"|"response","service_tier"?,"region"?}; shapes: ${USAGE_SHAPES.join(', ')}`,
  async run(args, io) {
    const [flag, file, ...rest] = args;
    if (args.length > 0 && (flag !== '--catalog' || file === undefined || rest.length > 0)) {
      io.err(`rate takes --catalog FILE and nothing else; usage: ${rateCommand.usage}`);
      return 2;
    }
    try {
      const catalog = file === undefined ? bundledCatalog() : readCatalogFile(file);
      return await runRate(io, createPriceBook({ catalog }));
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      io.err(error.message);
      return 2;
    }
  },
};

/** Answers every line of standard input with its rating. @returns exit code 0 */
export function runRate(io: Pick<CliIo, 'stdin' | 'out' | 'now'>, book: PriceBook): Promise<number> {
  return answerLines(io, (request) => rateLine(request, book, io.now()), parseExactJson);
}

class CatalogFileError extends LedgerError {
  override readonly name = 'CatalogFileError';
  readonly code = 'catalog/unreadable';
  readonly retryable = false;
}

function readCatalogFile(file: string): Catalog {
  try {
    const text = readFileSync(file, 'utf8');
    return readCatalogRows(JSON.parse(text), createHash('sha256').update(text).digest('hex').slice(0, 16));
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CatalogFileError(`cannot read the catalog ${file}: ${reason}`, { cause });
  }
}

type CallReading = Omit<ResponseReading, 'responseId' | 'operation' | 'status'>;

function rateLine(request: Readonly<Record<string, unknown>>, book: PriceBook, nowMs: number): object {
  const call = readCall(request);
  const { usage, reportedCostUsd } = call;
  const model = optionalText(request, 'model') ?? call.model;
  if (model === null) throw new LineError('invalid_request', 'model: expected the name of a model');
  const timeMs = readTimestamp(request) ?? call.createdMs ?? nowMs;
  if (!usage.ok) return { ...outcome('invalid_usage', book), reasons: usage.issues };
  const computed = rateUsage(book, {
    provider: optionalText(request, 'provider') ?? call.provider,
    model,
    timeMs,
    usage: usage.usage,
    // Whoever names a special tier, the call is not at list price.
    serviceTier: [optionalText(request, 'service_tier'), call.serviceTier].find((tier) => !isDefaultTier(tier)) ?? null,
    region: optionalText(request, 'region') ?? call.region,
  });
  const rating = reportedCostUsd === null ? computed : toReported(computed, reportedCostUsd);
  return {
    ...outcome(rating.status, book),
    cost_usd: rating.costPicoUsd === null ? null : formatUsd(rating.costPicoUsd),
    cost_pico_usd: rating.costPicoUsd === null ? null : String(rating.costPicoUsd),
    lines: linesOf(rating, usage.usage).map(toAnswer),
    model_id: rating.price?.modelId ?? null,
    method: rating.price?.method ?? null,
    ...(rating.unpricedUnits.length > 0 ? { unpriced_units: rating.unpricedUnits } : {}),
  };
}

/** The provider's own charge in the place of what the catalog says. */
function toReported(computed: Rating, reportedCostUsd: string): Rating {
  const costPicoUsd = parseUsd(reportedCostUsd) ?? null;
  return { ...computed, status: 'reported', costPicoUsd, unpricedUnits: [] };
}

function outcome(status: string, book: PriceBook): object {
  return {
    status,
    cost_usd: null,
    cost_pico_usd: null,
    lines: [],
    catalog_version: book.catalogVersion,
    model_id: null,
    method: null,
  };
}

/** What the line's usage or response says of the call. */
function readCall(request: Readonly<Record<string, unknown>>): CallReading {
  const shape = optionalText(request, 'usage_shape');
  const response = request['response'] ?? null;
  const usage = request['usage'] ?? null;
  // Canonical counts are nobody's response: one that holds them is only a wrapping.
  const isWrapped = usage !== null || shape?.startsWith('canonical') === true;
  if (response !== null && !isWrapped) {
    const isKnown = shape === null || ADAPTER_NAMES.includes(shape);
    const hints = { provider: optionalText(request, 'provider'), ...(shape === null ? {} : { adapter: shape }) };
    const reading = isKnown ? readResponse(response, hints) : undefined;
    if (reading !== undefined) return reading;
    if (shape === null) throw new LineError('invalid_request', 'response: it is of no provider known here');
  }
  if (shape === null) throw new LineError('invalid_request', `usage_shape: expected one of ${USAGE_SHAPES.join(', ')}`);
  const wrapping = isFields(response) ? response : {};
  const raw = readUsage(shape, usage ?? wrapping['usage']);
  if (raw === undefined) {
    const known = `this release reads ${USAGE_SHAPES.join(', ')}; responses also of ${ADAPTER_NAMES.join(', ')}`;
    throw new LineError('unsupported_shape', `usage_shape ${showValue(shape)}: ${known}`);
  }
  const { reading, ...terms } = raw;
  const serviceTier = terms.serviceTier ?? optionalText(wrapping, 'service_tier');
  const model = optionalText(wrapping, 'model');
  return { ...terms, serviceTier, usage: reading, model, provider: null, createdMs: null };
}

function readTimestamp(request: Readonly<Record<string, unknown>>): number | null {
  const text = optionalText(request, 'timestamp');
  if (text === null) return null;
  const timeMs = parseInstant(text);
  if (timeMs !== undefined) return timeMs;
  throw new LineError('invalid_request', `timestamp: expected an RFC 3339 time, got ${showValue(text)}`);
}

function optionalText(fields: Readonly<Record<string, unknown>>, field: string): string | null {
  const value = fields[field] ?? null;
  if (value === null || (typeof value === 'string' && value !== '')) return value;
  throw new LineError('invalid_request', `${field}: expected text or null, got ${showValue(value)}`);
}

function toAnswer(line: RatedLine): object {
  const count = Number(line.count);
  return {
    unit: line.unit,
    // A count that a JSON number cannot hold exactly stays text.
    count:
      String(count) === line.count && (count <= Number.MAX_SAFE_INTEGER || !Number.isInteger(count))
        ? count
        : line.count,
    rate_usd: line.rate,
    per: line.per,
    amount_usd: formatUsd(line.amountPicoUsd),
  };
}
