import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, textAt } from './answer-fields.ts';
import { showCount, showPercent, showRatio, showUsd } from './break-even-figures.ts';

/**
 * The best offer in a sentence or two: what it saves and how sure that is, or what it lacks to save anything.
 *
 * @param offers - how many there are
 */
export function describeVerdict(row: ApiAnswer, offers: number): readonly string[] {
  const [apiUsd, ownUsd] = ['api', 'self'].map((name) => numberAt(objectAt(row, name), 'usd'));
  if (apiUsd === undefined || ownUsd === undefined) return [];
  const hybrid = objectAt(row, 'hybrid');
  const hybridUsd = numberAt(hybrid, 'usd');
  const decided = Array.isArray(row['decided_by']) ? row['decided_by'].join(', ').replaceAll('_', ' ') : '';
  const basis = `Decided by ${decided}; trust: ${textAt(row, 'confidence')}.`;
  if (Math.min(ownUsd, hybridUsd) >= apiUsd) {
    const none = offers === 1 ? 'the one offer is not cheaper' : `none of ${offers} offers is cheaper`;
    return [`Stay on the API: ${none}. ${describeNearest(row, ownUsd)}`, describeLack(row, apiUsd, ownUsd), basis];
  }
  const share = numberAt(hybrid, 'share_ratio');
  const isAll = ownUsd <= hybridUsd;
  const how = isAll ? 'Self-hosting' : `A ${textAt(hybrid, 'mode')} with ${showPercent(share)} of the calls on`;
  const savedUsd = apiUsd - Math.min(ownUsd, hybridUsd);
  return [
    `${how} ${nameOffer(row)} saves ${showUsd(savedUsd)} USD a month, ${showPercent(savedUsd / apiUsd)} of the ` +
      `${showUsd(apiUsd)} that the API charges for the calls that it can serve;`,
    `self-hosting all of them saves what is asked for with a probability of ${showRatio(row['probability'])}.`,
    basis,
  ];
}

function describeNearest(row: ApiAnswer, ownUsd: number): string {
  return `Nearest is ${nameOffer(row)}: ${showUsd(ownUsd)} USD a month,`;
}

function describeLack(row: ApiAnswer, apiUsd: number, ownUsd: number): string {
  const first = objectAt(row, 'break_even')['first_requests'];
  const times =
    apiUsd > 0 ? `${showTimes(ownUsd / apiUsd)} the API's bill of the same calls` : 'where the API charges nothing';
  const from =
    typeof first === 'number'
      ? `it would pay from ${showCount(first)} calls a month, ${showTimes(first / numberAt(row, 'requests_per_month'))} today's.`
      : 'it would pay at no volume.';
  return `${times}; ${from}`;
}

function showTimes(ratio: number): string {
  return `${ratio < 10 ? ratio.toPrecision(2) : showCount(ratio)} times`;
}

function nameOffer(row: ApiAnswer): string {
  const machines = `${textAt(row, 'machines')} x ${textAt(objectAt(row, 'hardware'), 'id')}`;
  return `${textAt(row, 'model')} on ${machines}, ${textAt(row, 'purchase').replace('_', ' ')}`;
}
