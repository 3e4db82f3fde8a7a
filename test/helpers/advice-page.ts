import type { AdviceOption } from '../../lib/domain/advice/list-options.ts';
import { PROFILE_FIELD_NAMES, PROFILE_FIELDS, type ProfileField } from '../../lib/domain/advice/profile-fields.ts';
import { TASK_SCALES } from '../../lib/domain/advice/rank-models.ts';
import { answerSituation, computeFigure, GUIDE_SITUATIONS, type GuideSituation } from './guide-situations.ts';

const HEAD = `# Advice

What to do with a workload: pay by the call, send part of the calls elsewhere, run own machines, or fine-tune; what each way costs,
why, and which inputs decide it.

\`\`\`sh
tokenledger recommend                                  # what was recorded over the last 28 complete days
tokenledger recommend --set team_expertise=some --set timeline_months=24 --filter app=support-bot
tokenledger recommend --file profile.json              # a profile, without a ledger
tokenledger recommend --file profile.json --details    # also why, machines, training, scaling, and what the guides would say
tokenledger recommend --task coding --self-hosted-only # models for a task
\`\`\`

\`GET /v1/recommendation\` takes the fields of a profile as parameters and \`filter=dimension=value\`; \`POST /v1/recommendation\` takes
\`{"profile": {...}, "filter": [...]}\`. While days are still being measured the answer is 202 with \`days_done\` and \`days_in_all\`, as of
[break-even](break-even.md); the same request goes on.

## A profile

A JSON object. Every field may be left out: what nobody says stays unknown, and is asked for where it would matter. Unknown fields
are refused. From the ledger come calls a month, mean lengths, the part of the input that was cached, the peak by the minute (99th
percentile over the mean), the median time to the first token (upper bound of its bucket; of the app and model with the most calls
that tell it), the mean quality as \`base_accuracy_ratio\` where 30 calls or more tell theirs, the bill, and the model that most is
spent on, all of chat calls; what is typed in goes before it. \`inputs\` of the answer says of each value whether it was given,
recorded or assumed. Which part of the calls is simple is not read from the ledger: state \`simple_share_ratio\`.

| Field | Value |
| --- | --- |
`;

const DECIDES = `
## How it is decided

1. Without a network a model on the device is all there is.
2. Data that must stay, or a first token that is measured to come sooner and is critical, ask for own machines whatever they cost.
3. Otherwise the cheapest model that is paid by the call and good enough. Good enough is a share of the best score on one scale,
   MMLU-Pro: 98 % for \`best\`, 90 % for \`very_good\` (assumed where nobody says), 80 % for \`good_enough\`. A model that is asked for
   by name and has no score there counts as good enough for all but \`best\`, with a warning.
4. A hybrid where a stated part of the calls is simple and sending it to a lesser model saves at least \`min_savings_ratio\` and
   \`min_savings_usd\`.
5. Own machines for their cost only from the volume at which they save both **for good**, so that no further machine makes them
   lose again, and only when every gate is known to pass: production, expertise, a plan that outlasts the payback by three months
   and lasts six, and the budgets. Machines are sized by the peak from throughput fits and dated prices, as in
   [break-even](break-even.md), which knows more ways to pay for them and says more of each.
6. Fine-tuning is asked for by a measured lack: a domain done right in less than 80 %, or a format kept in less than 95 %.

\`decided_by\` is found by deciding anew: every word at each of its other values, every number over its whole range in small steps,
with the turning point narrowed down. Each listed input comes with the nearest values that lead to another answer, and that answer;
an input that is not listed leads to no other, whatever its value. \`unknown\` lists in the same way what nobody knows, and which inputs
decide only together. An answer is the way (\`approach\`) and whether to fine-tune; which model and what bill follow from it.

USD are figures of a model, JSON numbers, never ledger money. \`quality_ratio\` is a share of the best score on that one scale.

## Models for a task

\`recommend --task\` ranks the models that have a score on one scale, best first, equal ones together. Scores of other scales are never
mixed in. \`--self-hosted-only\` keeps those whose weights are open, \`--scale\` names another scale of \`catalog list quality\`.

| Task | Scale |
| --- | --- |
`;

const REST = `
Scales of guides are opinions (\`estimate\`); the others are as their source states them.

## Training, scaling, phases

Every answer has them: prompting, supervised fine-tuning (tokens x epochs x price and \`data_preparation_usd\`), LoRA, distillation,
RLHF and pretraining with what each costs once and a month; a vendor's tuned model costs twice its base. Fine-tuning pays for itself
by errors it spares: calls x \`error_cost_usd\` x 0.1, the lower end of the usual gain, less what it costs more. Distillation pays by the
difference between the model that is good enough and the one for simple calls. With training at K USD, R calls, e USD an error and d
more errors of all answers each month, training anew costs least every sqrt(2K / (R e d)) months; \`pays\` compares with a year without.
Of the four ways to grow (horizontal, vertical, by model, hybrid) each says when it applies and whether it does; a phase ends with
what is known, not with a month.

## The guides' systems

\`guides\` shows what each system of the source guides would say, with its place and what it would need: decision tree, fine-tuning
matrix, scoring matrix (\`weights\`), trade-off matrix (\`priorities\`), comparison report (\`use_case\`), scenario table (\`scenario\`), and GPUs
by users. They are legacy: none of them but the report looks at prices, and none at lengths or peaks.

## Every situation of the guides

`;

const SLIPS_HEAD = `
## Figures of the guides

What the guides print for these situations, and what the same inputs give. GPT-4 is 30 and 60 USD, GPT-3.5-Turbo 0.50 and 1.50, and
gpt-4o-mini 0.15 and 0.60 per 1M tokens, all as in the guides; queries have 500 tokens in and 300 out (guide S1: 200 out).

| Situation | Figure | Place | Guide (legacy) | Right |
| --- | --- | --- | ---: | ---: |
`;

const TAIL = `
## Limits

- Quality is one benchmark. Test your own calls before moving them; the ledger takes their quality with each call.
- The simple part of a hybrid is paid by the call too. For own machines beside an API see the hybrids of [break-even](break-even.md).
- Own machines are rented on demand or bought, without commitment; targets whose throughput was not measured at four mixes of
  lengths are left out. The least fleet is two replicas unless \`min_replicas\` says otherwise.
- A model on a device has no score and no speed here; its bill is the range that a guide gives for a server without GPU.
- Numbers are looked at in steps of 5 % (0.5 points of shares), and between two steps where the model, machines or gates behind the
  answer are others: an answer that turned and turned back within a step, on the same ones at its ends, would be missed.
- \`api_model\` is no input that is tried: another name is another question.

This page is written by a test (\`npx vitest run test/unit/domain/advice/guide-situations.test.ts --update\`).
`;

/** The page of advice. Every answer in it is computed now. */
export function renderAdvicePage(): string {
  const fields = PROFILE_FIELD_NAMES.map((name) => `| \`${name}\` | ${describeField(PROFILE_FIELDS[name])} |\n`);
  const tasks = Object.entries(TASK_SCALES).map(([task, scale]) => `| ${task} | ${scale} |\n`);
  const answers = GUIDE_SITUATIONS.map((situation) => ({ situation, ...answerSituation(situation) }));
  const agreeing = answers.filter(({ situation, way }) => situation.guide.way === way).length;
  const [first] = answers;
  return [
    ...[HEAD, ...fields, DECIDES, ...tasks, REST],
    `${agreeing} of ${answers.length} are answered in the way that the guide answers them. Prices of 2026-11-21, catalog \`${first?.advice.market.catalog_version}\`, reference \`${first?.advice.market.reference_version}\`; USD a month. `,
    'The guides\u2019 figures are legacy: they stand here for readers who look for them.\n\n',
    '| Situation | Guide | USD (legacy) | Ours | USD | Way |\n| --- | --- | ---: | --- | ---: | --- |\n',
    ...answers.map(({ situation, way, advice }) => {
      const { title, guide } = situation;
      const { approach, fine_tune: isTuned, what } = advice.answer;
      const ours = `${approach}${isTuned ? ', fine-tuned' : ''}: ${what}`;
      const same = guide.way === way ? 'same' : 'other';
      const cells = [
        title,
        `${guide.answer} (${guide.place})`,
        showRange(guide),
        ours,
        showBill(advice.options[0]),
        same,
      ];
      return `| ${cells.join(' | ')} |\n`;
    }),
    '\nWhy, situation by situation, and what decides it:\n\n',
    ...answers.map(({ situation, advice }) => {
      const decides = advice.decided_by.slice(0, 3).map(({ text }) => text);
      const asked = advice.unknown.filter(({ together_with: others }) => others.length === 0).map(({ input }) => input);
      return [
        `- **${situation.title}.** ${situation.why}`,
        ...(decides.length > 0 ? [` Decided by: ${decides.join('. ')}.`] : []),
        ...(asked.length > 0 ? [` Not known: ${asked.join(', ')}.`] : []),
        '\n',
      ].join('');
    }),
    SLIPS_HEAD,
    ...GUIDE_SITUATIONS.flatMap(listSlips),
    TAIL,
  ].join('');
}

function listSlips({ title, checks }: GuideSituation): readonly string[] {
  return checks.map((check) => {
    const stated = check.stated === null ? '-' : showNumber(check.stated);
    return `| ${title} | ${check.what} | ${check.place} | ${stated} | ${showNumber(computeFigure(check))} |\n`;
  });
}

function describeField(field: ProfileField & { readonly assumed?: number }): string {
  if (field.kind === 'number') {
    const bounds = `${field.isWhole ? 'a whole number' : 'a number'} of ${showNumber(field.min)} to ${showNumber(field.max)}`;
    const assumed = field.assumed === undefined ? '' : `; ${field.assumed} is assumed where nobody says`;
    return `${field.unit}: ${bounds}${assumed}`;
  }
  if (field.kind === 'flag') return `true where ${field.unit}`;
  if (field.kind === 'choice') return `${field.unit}: one of ${field.words.join(', ')}`;
  if (field.kind === 'list') return `${field.unit}: some of ${field.words.join(', ')}`;
  return field.kind === 'weights' ? `${field.unit}: an object with ${field.words.join(', ')}` : field.unit;
}

function showRange({ monthly_usd: low, monthly_usd_high: high }: GuideSituation['guide']): string {
  if (low === null) return '-';
  return high === null ? showNumber(low) : `${showNumber(low)} to ${showNumber(high)}`;
}

function showBill(option: AdviceOption | undefined): string {
  if (option === undefined || option.monthly_usd === null) return 'not known';
  if (option.figure === 'at_least') return `${showNumber(option.monthly_usd)} or more`;
  const high = option.monthly_usd_high;
  return high === null ? showNumber(option.monthly_usd) : `${showNumber(option.monthly_usd)} to ${showNumber(high)}`;
}

function showNumber(value: number): string {
  return value.toLocaleString('en-US', value >= 1_000 ? { maximumFractionDigits: 0 } : { maximumFractionDigits: 3 });
}
