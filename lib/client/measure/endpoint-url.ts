const PATH = '/chat/completions';

/**
 * The address of chat completions below a base URL as clients take it: `https://host` and `https://host/v1` both mean
 * `https://host/v1/chat/completions`. A query, such as Azure's version of its interface, is kept.
 *
 * @returns undefined where the text is no http or https URL, or holds a user name or password
 */
export function toEndpointUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  url.hash = '';
  const path = url.pathname.replace(/\/+$/, '');
  if (!path.endsWith(PATH)) url.pathname = `${path === '' ? '/v1' : path}${PATH}`;
  return url.href;
}

/** An address as it may be shown: a query can hold a key. */
export function showEndpoint(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
