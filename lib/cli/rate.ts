import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bundledCatalog } from '../catalog/catalog.ts';
import { readCatalogRows } from '../catalog/rows.ts';
import { type RawUsage, readUsage, USAGE_SHAPES } from '../client/usage-shapes/read-usage.ts';
import { LedgerError } from '../domain/errors.ts';
import { formatUsd } from '../domain/money.ts';
import { createPriceBook, isDefaultTier, type PriceBook } from '../domain/price-book.ts';
import type { Catalog } from '../domain/price-catalog.ts';
import { parseInstant } from '../domain/price-catalog-time.ts';
import { rateUsage } from '../domain/rating.ts';
import { linesOf, type RatedLine } from '../domain/rating-lines.ts';
import { showValue } from '../domain/shown-value.ts';
import { answerLines, LineError } from './answer-lines.ts';
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
  return answerLines(io, (request) => rateLine(request, book, io.now()));
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

function rateLine(request: Readonly<Record<string, unknown>>, book: PriceBook, nowMs: number): object {
  const response = optionalObject(request, 'response');
  const model = optionalText(request, 'model') ?? optionalText(response, 'model');
  if (model === null) throw new LineError('invalid_request', 'model: expected the name of a model');
  const { reading, ...terms } = readRawUsage(request, response);
  if (!reading.ok) return { ...outcome('invalid_usage', book), reasons: reading.issues };
  const rating = rateUsage(book, {
    provider: optionalText(request, 'provider'),
    model,
    timeMs: readTimestamp(request, nowMs),
    usage: reading.usage,
    // Whoever names a special tier, the call is not at list price.
    serviceTier:
      [optionalText(request, 'service_tier'), terms.serviceTier, optionalText(response, 'service_tier')].find(
        (tier) => !isDefaultTier(tier),
      ) ?? null,
    region: optionalText(request, 'region') ?? terms.region,
  });
  return {
    ...outcome(rating.status, book),
    cost_usd: rating.costPicoUsd === null ? null : formatUsd(rating.costPicoUsd),
    cost_pico_usd: rating.costPicoUsd === null ? null : String(rating.costPicoUsd),
    lines: linesOf(rating, reading.usage).map(toAnswer),
    model_id: rating.price?.modelId ?? null,
    method: rating.price?.method ?? null,
    ...(rating.unpricedUnits.length > 0 ? { unpriced_units: rating.unpricedUnits } : {}),
  };
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

function readRawUsage(
  request: Readonly<Record<string, unknown>>,
  response: Readonly<Record<string, unknown>>,
): RawUsage {
  const shape = optionalText(request, 'usage_shape');
  if (shape === null) throw new LineError('invalid_request', `usage_shape: expected one of ${USAGE_SHAPES.join(', ')}`);
  const usage = readUsage(shape, request['usage'] ?? response['usage']);
  if (usage === undefined) {
    throw new LineError(
      'unsupported_shape',
      `usage_shape ${showValue(shape)}: this release reads ${USAGE_SHAPES.join(', ')}`,
    );
  }
  return usage;
}

function readTimestamp(request: Readonly<Record<string, unknown>>, nowMs: number): number {
  const text = optionalText(request, 'timestamp');
  const timeMs = text === null ? nowMs : parseInstant(text);
  if (timeMs === undefined)
    throw new LineError('invalid_request', `timestamp: expected an RFC 3339 time, got ${showValue(text)}`);
  return timeMs;
}

function optionalText(fields: Readonly<Record<string, unknown>>, field: string): string | null {
  const value = fields[field] ?? null;
  if (value === null || (typeof value === 'string' && value !== '')) return value;
  throw new LineError('invalid_request', `${field}: expected text or null, got ${showValue(value)}`);
}

function optionalObject(fields: Readonly<Record<string, unknown>>, field: string): Readonly<Record<string, unknown>> {
  const value = fields[field] ?? {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new LineError('invalid_request', `${field}: expected an object, got ${showValue(value)}`);
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
