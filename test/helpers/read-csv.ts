import { readFileSync } from 'node:fs';

/** Records of a CSV file with a title line, by column; a field in quotes may hold commas and doubled quotes. */
export function readCsv(path: string): readonly Readonly<Record<string, string>>[] {
  const [titles = [], ...records] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/).map(splitLine);
  return records.map((fields) => Object.fromEntries(titles.map((title, index) => [title, fields[index] ?? ''])));
}

function splitLine(line: string): readonly string[] {
  const fields = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...fields].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}
