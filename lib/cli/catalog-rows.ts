import type { ApiClient } from '../client/api-client.ts';
import { OWN_ROW_KINDS } from '../domain/reference/parse-own-row.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { CliIo } from './io.ts';
import { readJsonFile, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

const VERBS = ['rows', 'add', 'remove'] as const;

/** What is done to the rows of a tenant. */
type OwnRowVerb = (typeof VERBS)[number];

/** Whether a verb of `catalog` is one of rows. */
export function isOwnRowVerb(verb: string | undefined): verb is OwnRowVerb {
  return VERBS.some((it) => it === verb);
}

/** `tokenledger catalog rows|add|remove`: the tenant's own rows of hardware, throughput and quality. */
export async function changeOwnRows(call: {
  readonly verb: OwnRowVerb;
  readonly words: readonly string[];
  readonly isJson: boolean;
  readonly io: CliIo;
  readonly api: ApiClient;
}): Promise<number> {
  const { verb, words, isJson, io, api } = call;
  if (verb === 'remove') {
    const id = takeWord(words, 'ID');
    await api.ask('DELETE', `/v1/reference-rows/${encodeURIComponent(id)}`);
    io.out(isJson ? JSON.stringify({ id, removed: true }) : `${id}: removed`);
    return 0;
  }
  const [kind = '', ...more] = words;
  if (!OWN_ROW_KINDS.some((it) => it === kind)) {
    throw new WrongUseError(`KIND: expected ${OWN_ROW_KINDS.join(', ')}, got ${JSON.stringify(kind)}`);
  }
  if (verb === 'add') {
    const row = await readJsonFile(takeWord(more, 'FILE'));
    const answer = await api.ask('POST', '/v1/reference-rows', { body: { kind, row } });
    io.out(isJson ? JSON.stringify(answer) : `${textAt(answer, 'id')}: stored`);
    return 0;
  }
  if (more.length > 0) throw new WrongUseError('catalog rows takes one KIND');
  const answer = await api.ask('GET', `/v1/reference-rows?kind=${kind}`);
  if (isJson) {
    io.out(JSON.stringify(answer));
    return 0;
  }
  const lines = objectsAt(answer, 'added').map((each) => {
    const row = objectAt(each, 'row');
    const says = ['provider', 'instance', 'name', 'model', 'scale', 'gpu'].flatMap((field) => row[field] ?? []);
    return [textAt(each, 'id'), says.join(' '), textAt(row, 'as_of'), textAt(row, 'source'), textAt(each, 'stored_by')];
  });
  const columns = ['id', 'about', 'of', 'source', 'by'].map((title) => ({ title }));
  for (const line of lines.length === 0 ? [`no own rows of ${kind}`] : layOutTable(columns, lines)) io.out(line);
  return 0;
}
