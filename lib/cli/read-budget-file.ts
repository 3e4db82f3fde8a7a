import { readFile } from 'node:fs/promises';
import { findJsonFault } from './find-json-fault.ts';
import { WrongUseError } from './ledger-command.ts';

/** The budgets of a file, as it has them. */
export interface BudgetFile {
  readonly budgets: readonly unknown[];
  /** The line that each of them stands on, from 1; undefined where the file is one document. */
  readonly lines: readonly number[] | undefined;
}

/**
 * Reads a file of budgets: one JSON document `{"budgets": [...]}`, or one budget a line. A file without anything in it
 * is refused, because it would pause every budget; `{"budgets": []}` does.
 *
 * @throws {@link WrongUseError} saying where the file stops being JSON, or what it should hold
 */
export async function readBudgetFile(path: string): Promise<BudgetFile> {
  const text = (await readText(path)).replace(/^\ufeff/, '');
  if (text.trim() === '') throw new WrongUseError(`${path} is empty; a file with {"budgets": []} pauses every budget`);
  const document = parse(text);
  const lines = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const isOneBudget = isObject(document?.value) && !('budgets' in document.value) && lines.length === 1;
  if (document && !isOneBudget) return { budgets: readDocument(path, document.value), lines: undefined };
  const isByLine = isObject(parse(lines[0]?.line ?? '')?.value);
  const broken = isByLine ? lines.filter(({ line }) => parse(line) === undefined) : [{ line: text, number: 1 }];
  if (broken.length > 0) throw notJson(path, broken);
  return { budgets: lines.map(({ line }) => parse(line)?.value), lines: lines.map(({ number }) => number) };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new WrongUseError(`cannot read ${path}: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause });
  }
}

/** @returns undefined when the text is not JSON */
function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function readDocument(path: string, document: unknown): readonly unknown[] {
  if (!isObject(document) || !Array.isArray(document['budgets'])) throw noList(path);
  const others = Object.keys(document).filter((name) => name !== 'budgets');
  if (others.length > 0)
    throw new WrongUseError(
      `${path}: expected nothing beside budgets, got ${others.map((it) => JSON.stringify(it)).join(', ')}`,
    );
  return document['budgets'];
}

function noList(path: string): WrongUseError {
  return new WrongUseError(`${path}: expected {"budgets": [...]}, or one budget a line`);
}

function notJson(path: string, texts: readonly { readonly line: string; readonly number: number }[]): WrongUseError {
  const places = texts.map(({ line, number }) => {
    const fault = findJsonFault(line) ?? { line: 1, column: 1 };
    return `line ${number + fault.line - 1}, column ${fault.column}`;
  });
  return new WrongUseError(`${path} is not JSON: ${places.join('; ')}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
