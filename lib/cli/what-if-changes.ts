import { isRawObject } from '../domain/field-reading.ts';
import { readJsonFile, WrongUseError } from './ledger-command.ts';

/** Flags that say what is changed, as they were typed. */
export interface ChangeFlags {
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly tier?: string | undefined;
  readonly batch?: boolean | undefined;
  readonly route?: readonly string[] | undefined;
  readonly 'response-cache'?: string | undefined;
  readonly 'self-hosted'?: string | undefined;
  readonly trim?: readonly string[] | undefined;
  readonly 'lazy-tools'?: string | undefined;
  readonly compress?: string | undefined;
  readonly 'cache-share'?: string | undefined;
  readonly 'assume-part'?: readonly string[] | undefined;
  readonly file?: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const DECIMAL = /^\d+(\.\d+)?$/;

/** The part of a question that flags and a file give: `changes`, and whatever else the file says. */
export async function readChangeFlags(flags: ChangeFlags): Promise<Json & { readonly changes: readonly unknown[] }> {
  const file = flags.file === undefined ? {} : await readChangeFile(flags.file);
  const listed = Array.isArray(file['changes']) ? file['changes'] : [];
  const assumed = Object.fromEntries((flags['assume-part'] ?? []).map((text) => splitPair(text, '=', '--assume-part')));
  return {
    ...file,
    changes: [...listed, ...listChanges(flags)],
    ...(Object.keys(assumed).length === 0 ? {} : { assumed_parts: assumed }),
  };
}

async function readChangeFile(path: string): Promise<Json> {
  const json = await readJsonFile(path);
  if (isRawObject(json) && 'cursor' in json)
    throw new WrongUseError(`${path}: the command reads on by itself: leave out "cursor"`);
  if (Array.isArray(json)) return { changes: json };
  if (isRawObject(json) && Array.isArray(json['changes'])) return json;
  throw new WrongUseError(`${path}: expected a list of changes, or an object with "changes"`);
}

function listChanges(flags: ChangeFlags): readonly Json[] {
  const { model, provider, batch, compress } = flags;
  if (batch && flags.tier !== undefined) throw new WrongUseError('--batch is --tier batch: give one of them');
  if ((model ?? provider) !== undefined && flags.route !== undefined) {
    const rest = [provider, model ?? 'MODEL'].filter((name) => name !== undefined).join('/');
    throw new WrongUseError(`--model and --provider take every call: beside other routes write --route rest=${rest}`);
  }
  const tier = batch ? 'batch' : flags.tier;
  const one = (isGiven: unknown, change: Json): readonly Json[] => (isGiven === undefined ? [] : [change]);
  const to = { ...(model === undefined ? {} : { model }), ...(provider === undefined ? {} : { provider }) };
  return [
    ...one(flags['response-cache'], { kind: 'response_cache', share: flags['response-cache'] }),
    ...(flags['self-hosted'] === undefined ? [] : [readSelfHosted(flags['self-hosted'])]),
    ...one(model ?? provider, { kind: 'model', ...to }),
    ...(flags.route ?? []).map(readRoute),
    ...one(tier, { kind: 'tier', service_tier: tier }),
    ...(flags.trim ?? []).map((text) => {
      const [part, reduction] = splitPair(text, '=', '--trim');
      return { kind: 'trim', part, reduction };
    }),
    ...one(flags['lazy-tools'], { kind: 'lazy_tools', needed_share: flags['lazy-tools'] }),
    ...(compress === undefined ? [] : [readCompress(compress)]),
    ...one(flags['cache-share'], { kind: 'prompt_cache', share: flags['cache-share'] }),
  ];
}

/** `5000`, or `5000:0.8` for a share of the calls; a name in the place of the cost is that of a registered capacity. */
function readSelfHosted(text: string): Json {
  const [cost = '', share] = text.split(':');
  const paid = DECIMAL.test(cost) ? { monthly_cost_usd: cost } : { capacity: cost };
  return { kind: 'self_host', ...paid, ...(share === undefined ? {} : { share }) };
}

/**
 * `simple=MODEL`, `simple:0.6=MODEL` with a share of the calls that told no complexity, `0.6=MODEL` of all, or `rest=MODEL`
 * for whatever the other routes did not take.
 */
function readRoute(text: string): Json {
  const [which, target] = splitPair(text, '=', '--route');
  const [provider, model] = target.includes('/') ? splitPair(target, '/', '--route') : [undefined, target];
  const to = { kind: 'model', model, ...(provider === undefined ? {} : { provider }) };
  if (DECIMAL.test(which) || which === 'rest') return { ...to, share: which };
  const [complexity = '', share] = which.split(':');
  return { ...to, complexity, ...(share === undefined ? {} : { share }) };
}

/** `0.7:10`: the share that is compressed, and how many times. */
function readCompress(text: string): Json {
  const [share, ratio] = splitPair(text, ':', '--compress');
  return { kind: 'compress', compressed_share: share, ratio };
}

function splitPair(text: string, mark: string, flag: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new WrongUseError(
    `${flag}: expected two values with ${JSON.stringify(mark)} between them, got ${JSON.stringify(text)}`,
  );
}
