/** How a library of prices recognises a model's names: a small language of text conditions. */
export type MatchClause =
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string }
  | { readonly or: readonly MatchClause[] }
  | { readonly and: readonly MatchClause[] };

// What may follow the matched text without naming another model: release dates, revisions, channel words.
const SUFFIX =
  /^(?:[-@:](?:20\d{6}|20\d{2}-\d{2}-\d{2}|\d{2}-\d{2}(?:\d{2})?|\d{3,4}|v\d{1,2}(?::\d{1,2})?|latest|default|preview|exp|experimental|instruct|it)|:\d{1,2}(?::\d+k)?)*$/;

const SEPARATORS = '/.:@';

/**
 * Whether a name fits a clause, as the length of the text that decided it (0 = no match), so that of two fitting
 * clauses the more specific can win. Stricter than the library's own reading: matched text must begin and end at a
 * separator, and what follows it must be a date, a revision or a channel, so `claude-sonnet-4-50` is not
 * `claude-sonnet-4-5` and `gemini-1.5-flash-8b` is not `gemini-1.5-flash`.
 *
 * @param name - lower case
 */
export function isMatch(clause: MatchClause, name: string): number {
  if ('or' in clause) return Math.max(0, ...clause.or.map((part) => isMatch(part, name)));
  if ('and' in clause) {
    const lengths = clause.and.map((part) => isMatch(part, name));
    return lengths.includes(0) ? 0 : Math.max(0, ...lengths);
  }
  if ('regex' in clause) return matchPattern(new RegExp(clause.regex, 'i'), name);
  if ('equals' in clause) return clause.equals.toLowerCase() === name ? name.length : 0;
  if ('starts_with' in clause) return matchAt(clause.starts_with.toLowerCase(), name, 0);
  if ('ends_with' in clause) {
    const text = clause.ends_with.toLowerCase();
    return name.endsWith(text) ? matchAt(text, name, name.length - text.length) : 0;
  }
  const text = clause.contains.toLowerCase();
  for (let at = name.indexOf(text); at >= 0; at = name.indexOf(text, at + 1)) {
    const length = matchAt(text, name, at);
    if (length > 0) return length;
  }
  return 0;
}

/** A pattern never outbids a literal clause that matched as many characters; one that ends inside a name may not match. */
function matchPattern(pattern: RegExp, name: string): number {
  const found = pattern.exec(name);
  if (found === null) return 0;
  // A pattern that only looks ahead says what a name must not be.
  return found[0] === '' || matchAt(found[0], name, found.index) > 0 ? 1 : 0;
}

function matchAt(text: string, name: string, at: number): number {
  if (text === '' || !name.startsWith(text, at)) return 0;
  if (at > 0 && !SEPARATORS.includes(name.charAt(at - 1))) return 0;
  const rest = name.slice(at + text.length);
  if (rest === '' || SUFFIX.test(rest)) return text.length;
  // A clause may stop inside a date (`claude-sonnet-4-2025`): then its last word and the rest must be one suffix.
  const word = /[-@:]\d*$/.exec(text)?.[0];
  return word !== undefined && SUFFIX.test(word + rest) ? text.length : 0;
}

const PROVIDER_ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    aws: [
      'aws.bedrock',
      'bedrock',
      'aws_bedrock',
      'aws-bedrock',
      'amazon-bedrock',
      'amazon_bedrock',
      'amazon',
      'bedrock_converse',
    ],
    azure: [
      'az.ai.openai',
      'azure.ai.openai',
      'az.ai.inference',
      'azure.ai.inference',
      'azure_ai',
      'azure-openai',
      'azure_openai',
    ],
    google: [
      'gcp.gemini',
      'gcp.vertex_ai',
      'gcp.gen_ai',
      'vertex_ai',
      'vertexai',
      'vertex',
      'google-vertex',
      'gemini',
      'google-gla',
    ],
    'x-ai': ['x_ai', 'xai'],
    mistral: ['mistral_ai', 'mistralai', 'mistral-ai'],
    moonshotai: ['moonshot_ai', 'moonshot'],
    together: ['together_ai', 'together-ai', 'togetherai'],
    fireworks: ['fireworks_ai', 'fireworks-ai'],
    voyageai: ['voyage'],
    zai: ['z-ai', 'z.ai'],
  }).flatMap(([id, aliases]) => aliases.map((alias) => [alias, id] as const)),
);

/** The catalog's id of a provider's name (OpenTelemetry's and common spellings included); `null` when none was sent. */
export function toProviderId(sent: string | null | undefined): string | null {
  const name = sent?.trim().toLowerCase() ?? '';
  return name === '' ? null : (PROVIDER_ALIASES.get(name) ?? name);
}

// Prefixes that say where a call was sent. `null`: the prefix alone does not tell whose price applies.
const ROUTES: ReadonlyMap<string, string | null> = new Map<string, string | null>([
  ['azure', 'azure'],
  ['azure_ai', 'azure'],
  ['bedrock', 'aws'],
  ['openrouter', 'openrouter'],
  ['vertex_ai', 'google'],
  ['groq', 'groq'],
  // Spelled as routers do; `deepseek/`, `x-ai/` and `mistralai/` may as well be names at OpenRouter.
  ['mistral', 'mistral'],
  ['xai', 'x-ai'],
  ['cerebras', 'cerebras'],
  ['together_ai', 'together'],
  ['fireworks_ai', 'fireworks'],
  ['converse', null],
  ['invoke', null],
  ['models', null],
  ['openai', null],
  ['anthropic', null],
  ['google', null],
  ['gemini', null],
]);

/** A model's name without route prefixes, and what the prefixes said about where the call went. */
export interface RoutedName {
  readonly name: string;
  readonly provider: string | null;
  /** Region or data zone; `null` when no prefix names one. */
  readonly region: string | null;
}

/** Path segments that name a place, by the providers whose routes have them. */
const REGION_SEGMENTS: ReadonlyMap<string, RegExp> = new Map([
  ['aws', /^[a-z]{2}(?:-[a-z]+)+-\d$/],
  ['azure', /^(?:us|eu|global|global-standard)$/],
]);

/**
 * The readings of a model's name, as sent first and then with one route prefix after the other taken off
 * (`openrouter/openai/gpt-4o`, `openai/gpt-4o`, `gpt-4o`). All in lower case.
 *
 * @param provider - the call's provider id: its own prefix comes off too; names at OpenRouter keep their vendor
 */
export function routedNames(model: string, provider: string | null): readonly RoutedName[] {
  let name = model.trim().toLowerCase();
  let routed = provider;
  let region: string | null = null;
  const readings: RoutedName[] = [{ name, provider: routed, region }];
  for (;;) {
    const prefix = readPrefix(name, routed, provider);
    if (prefix === undefined) break;
    name = name.slice(prefix.length + 1);
    routed ??= prefix.provider;
    region = prefix.region ?? region;
    readings.push({ name, provider: routed, region });
  }
  return readings;
}

/** The prefix in front of a name that may come off: its length without the slash, and what it says. */
function readPrefix(
  name: string,
  routed: string | null,
  sent: string | null,
): { length: number; provider: string | null; region: string | null } | undefined {
  const publisher = /^(?:projects\/.+\/)?publishers\/[^/]+\/models(?=\/)/.exec(name);
  if (publisher !== null) return { length: publisher[0].length, provider: null, region: null };
  const resource = /^arn:aws[a-z-]*:bedrock:([a-z0-9-]*):\d*:[a-z-]+(?=\/)/.exec(name);
  if (resource !== null) return { length: resource[0].length, provider: 'aws', region: resource[1] || null };
  const length = name.indexOf('/');
  if (length <= 0) return undefined;
  const prefix = name.slice(0, length);
  if (routed !== null && REGION_SEGMENTS.get(routed)?.test(prefix) === true) {
    return { length, provider: null, region: prefix.replace(/-standard$/, '') };
  }
  const route = ROUTES.get(prefix);
  const isOwn = sent !== null && toProviderId(prefix) === sent;
  if (route === undefined && !isOwn) return undefined;
  if (routed === 'openrouter' && !isOwn && route !== 'openrouter') return undefined;
  return { length, provider: route ?? null, region: null };
}

const SOLE_VENDORS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(?:gpt-(?!oss)|chatgpt-|o[134](?:-|$)|ft:(?:gpt-(?!oss)|o[134]-|babbage-|davinci-))/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^gemini-/, 'google'],
  [/^(?:(?:us|eu|apac|jp|au|us-gov|global)\.)?(?:anthropic\.claude-|amazon\.(?:nova|titan)-)/, 'aws'],
];

/** The vendor that alone serves models of this name; `null` for open-weight and unknown names, which nobody may guess. */
export function soleVendor(name: string): string | null {
  // Azure writes the base first, so its fine-tuned models begin as OpenAI's models do.
  if (isFineTuned(name) && !name.startsWith('ft:')) return null;
  for (const [pattern, vendor] of SOLE_VENDORS) if (pattern.test(name)) return vendor;
  return null;
}

/**
 * The catalog's name of a fine-tuned model, `ft:` and its base: OpenAI writes `ft:BASE:org:suffix:id`, Azure
 * `BASE.ft-...`, older releases `BASE:ft-...`. A fine-tuned model has prices of its own, never those of its base.
 *
 * @param name - lower case, route prefixes taken off
 * @returns null for a name of any other model
 */
export function fineTunedName(name: string): string | null {
  const base = /^ft:([^:]+)/.exec(name)?.[1] ?? /^(.+?)[.:]ft-/.exec(name)?.[1];
  return base === undefined ? null : `ft:${base}`;
}

/** Whether the name is of a fine-tuned model. */
export function isFineTuned(name: string): boolean {
  return fineTunedName(name) !== null;
}
