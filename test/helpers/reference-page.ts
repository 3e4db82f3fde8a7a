import type { Reference, SourcedRow } from '../../lib/domain/reference/reference-rows.ts';

const HEAD = `# Hardware, throughput, quality and training

What break-even and advice may know besides prices of calls: machines and what they cost, how many tokens they carry, how well
models score, what training costs, and what open models need. Rows are data in \`lib/catalog\`, each with its source, the date
of the figure where the source has one, and the day on which it was looked up. They need no ledger:

\`\`\`sh
tokenledger catalog list hardware --gpu H100
tokenledger catalog list throughput --model Llama-3.3-70B --gpu H100 --precision fp8
tokenledger catalog list quality --scale "MMLU-Pro %"
tokenledger catalog list training --legacy
tokenledger catalog list models --model meta-llama/Llama-3.1-8B-Instruct --json
\`\`\`

With \`--json\` each row is an object with all of its fields and the answer has \`reference_version\`, a hash of all rows. A field
that the source does not fill is null, shown as \`?\`: unknown, never zero and never a neighbour's value. USD here are inputs of
models (JSON numbers), not ledger money.

## How far a row may be relied on

| Standing | Means |
| --- | --- |
| stated | a price list or a measurement says so |
| estimate | its source calls it approximate, gives a range, or it is an opinion |
| legacy | superseded or wrong; kept because readers of a guide look for it, with a note that says what is right |

- **Hardware** is \`rented\` (on demand, reserved, spot, by the hour; machines without GPU have 0 GPUs), \`owned\` (price, life,
  watts, power of the site over that of the machine, tariff, maintenance, resale) or \`flat\` (a monthly range). Of a machine with
  prices of several dates the newest is found; legacy rows only with \`--legacy\`.
- **Throughput** is of one replica, all its GPUs together. Only rows of the kinds \`max-load\` and \`concurrency-sweep\` whose
  machine and lengths are known may size (\`sizes: yes\`): one stream is tens to hundreds of times slower, and the mix of lengths
  moves output by 15 to 21 times. Maximum load has no limit on latency: size it with a target utilisation.
- **Quality** is a score on a named scale. Scores on different scales say nothing about each other.
- **Training and hosting** are figures as ranges in a named unit.
- **Models** are those with open weights: parameters (all of which must be in memory), context without stretching, 16-bit cache of
  a token, licence, and kind: an embedding model never stands in for chat.

Names are compared without vendor prefix, case and marks: \`meta-llama/Llama-3.3-70B-Instruct\` is \`Llama 3.3 70B\`. \`H100\` and
\`A100-80GB\` are the SXM forms; PCIe cards have names of their own.

## Own rows

A tenant adds machines, measurements and scores of its own, at most 100; they stand before those of the release, and its price of
a machine in the place of the release's, whatever their dates.
\`POST /v1/reference-rows\` takes \`{"kind", "row"}\` with \`kind\` \`hardware\`, \`throughput\` or \`quality\`, \`catalog add KIND FILE\`
the row from a file:

\`\`\`json
{"kind":"rented","provider":"Our broker","instance":"gpu-1","gpu":"H100","gpu_count":1,"vram_gb":80,"hourly_usd":2.2,"source":"contract 17","as_of":"2026-11-01"}
\`\`\`

The fields are those that \`catalog list KIND --json\` shows, without \`id\`, \`checked_on\` and \`standing\`; \`source\` and \`as_of\` (a day, not
after today) are required, what is left out is unknown. Of hardware, kinds are \`rented\` and \`owned\`; of throughput, \`max-load\`,
\`concurrency-sweep\` and \`single-stream\`; measured on a machine without GPU, \`gpu_count\` is 0 and \`gpu\` the id, instance or
name of that machine, which it sizes alone. Faults are named by field, all at once. The same row twice is one.
\`GET /v1/reference-rows?kind=K\` answers \`added\`, with id, time and key of storing, and all \`rows\` of the kind with those of the
release; \`DELETE /v1/reference-rows/{id}\` (\`catalog remove ID\`) removes one that was added. Adding and removing are for admins
and leave a record.

`;

const TAIL = `
## Gaps

- No machine-readable table of one- and three-year commitments was found: \`reserved\` has only expired Capacity Blocks, and hosting
  has the range of discounts that a guide gives. Spot prices are of five AWS and four RunPod machines.
- Prices of Lambda and RunPod carry no date. Google and Azure have only what guide S4 prints: the public table for Google leaves
  the GPU out of the price.
- p3 machines of AWS have no size in their source, Inferentia and Trainium no memory.
- No source says what cooling adds, what a bought machine is sold for, or how long those of the paper live.
- No batched measurement of sufficient quality was found for T4, none for A10G, and only peaks without lengths for L4 and A100-40GB.
- Training by QLoRA and how often to retrain: no figure in any source.
- Phi-3-mini and Mistral-7B differ in context by release; name the release for a fit. Llama-3.1-405B and mixtures of experts have
  no size of cache here.
- Closed models have no facts here: nobody but their vendors knows their parameters.

## Checks

\`test/unit/catalog/reference.test.ts\` refuses rows without source, day, unit or scale, taken ids and names, figures that cannot
be, ranges that end before they begin, guesses that are not marked as such and legacy rows without a note. Where the collected data
lie beside the checkout, \`reference-data.test.ts\` holds every row to them. This page is written by a test
(\`npx vitest run test/unit/catalog/reference-page.test.ts --update\`).
`;

/** The page of reference rows: what fields mean, counts by source, gaps. */
export function renderReferencePage({ version, ...kinds }: Reference): string {
  const rows = Object.entries(kinds).flatMap(([kind, its]) => countBySource(kind, its));
  const total = Object.values(kinds).reduce((sum, its) => sum + its.length, 0);
  return [
    HEAD,
    `## Rows and sources\n\n${total} rows, version \`${version}\`.\n\n`,
    '| Kind | Rows | Of | Standing | Source |\n| --- | ---: | --- | --- | --- |\n',
    ...rows.map((cells) => `| ${cells.join(' | ')} |\n`),
    TAIL,
  ].join('');
}

function countBySource(kind: string, rows: readonly SourcedRow[]): readonly (readonly string[])[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const source = kind === 'models' ? 'model cards of the vendors' : row.source.replace(/, lines? .*$/, '');
    const key = JSON.stringify([row.asOf ?? '?', row.standing, source]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => [kind, String(count), ...(JSON.parse(key) as string[])]);
}
