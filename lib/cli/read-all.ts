import type { ApiAnswer, ApiClient } from '../client/api-client.ts';

/** Every page of a list, in order. */
export async function readAll(
  api: ApiClient,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly ApiAnswer[]> {
  const pages: ApiAnswer[] = [];
  for await (const page of api.pages(path, query)) pages.push(page);
  return pages;
}
