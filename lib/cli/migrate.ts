import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, readJsonFile, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

/** `tokenledger migrate`: targets that a workload could move to, and how each stands. */
export const migrateCommand: Command = ledgerCommand(
  {
    name: 'migrate',
    summary: 'Targets that are assessed every day: set, list, show why not yet, mark as moved',
    usage: `tokenledger migrate set FILE [--json]
       tokenledger migrate list [--json]
       tokenledger migrate show NAME [--json]
       tokenledger migrate remove NAME [--json]
       tokenledger migrate mark NAME [--on DAY | --undo] [--json]
  The name * in FILE stands for what all profiles share: gates, policy and how a fleet is run.`,
    options: { on: { type: 'string' }, undo: { type: 'boolean' } },
  },
  async ({ flags, words: [verb = 'list', ...words], isJson, io, api }) => {
    const print = (answer: ApiAnswer, lines: readonly string[]) => {
      for (const line of isJson ? [JSON.stringify(answer)] : lines) io.out(line);
    };
    if (verb === 'set') {
      const body = await readJsonFile(takeWord(words, 'FILE'));
      const name = textAt(body as ApiAnswer, 'name');
      if (name === '') throw new WrongUseError('FILE: expected a JSON object with a name');
      print(await api.ask('PUT', toPath(name), { body }), [`${name}: stored`]);
    } else if (verb === 'list') {
      takeNoWord(words);
      const answer = await api.ask('GET', '/v1/migrations');
      const lines = [
        ...listRows(objectsAt(answer, 'migrations')),
        ...listDeployments(objectsAt(answer, 'deployments')),
      ];
      print(answer, lines);
    } else if (verb === 'show') {
      const name = takeWord(words, 'NAME');
      const answer = await api.ask('GET', '/v1/migrations');
      const profile = objectsAt(answer, 'migrations').find((each) => textAt(each, 'name') === name);
      const deployment = objectsAt(answer, 'deployments').find((each) => textAt(each, 'capacity') === name);
      if (profile) print(profile, describeStanding(profile));
      else if (deployment) print(deployment, describeDeployment(deployment));
      else throw new WrongUseError(`there is no migration profile and no deployment ${JSON.stringify(name)}`);
    } else if (verb === 'remove') {
      const name = takeWord(words, 'NAME');
      await api.ask('DELETE', toPath(name));
      print({ name, removed: true }, [`${name}: removed`]);
    } else if (verb === 'mark') {
      const name = takeWord(words, 'NAME');
      // Without a day the ledger takes its own: today is another day in the tenant's zone than here.
      const body =
        flags.undo === true ? { migrated_on: null } : flags.on === undefined ? {} : { migrated_on: flags.on };
      const answer = await api.ask('PATCH', toPath(name), { body });
      print(answer, [flags.undo === true ? `${name}: assessed again` : `${name}: marked as moved`]);
    } else throw new WrongUseError(`migrate takes set, list, show, remove or mark, not ${JSON.stringify(verb)}`);
    return 0;
  },
);

function toPath(name: string): string {
  return `/v1/migrations/${encodeURIComponent(name)}`;
}

const COLUMNS = [
  { title: 'name' },
  { title: 'verdict' },
  { title: 'as of' },
  { title: 'saves USD a month', isNumber: true },
  { title: 'not yet because of' },
];

function listRows(migrations: readonly ApiAnswer[]): readonly string[] {
  const rows = migrations.map((each) => {
    const assessment = objectAt(each, 'assessment');
    const { issues } = each;
    const isUnread = Array.isArray(issues) && issues.length > 0;
    return [
      textAt(each, 'name'),
      isUnread ? 'cannot be read' : nameVerdict(each),
      ...listFigures(each),
      isUnread ? issues.join(', ') : listBlockers(assessment),
    ];
  });
  return layOutTable(COLUMNS, rows);
}

const BACK_COLUMNS = [
  { title: 'deployment' },
  { title: 'verdict' },
  { title: 'as of' },
  { title: 'costs USD a month more than the API', isNumber: true },
  { title: 'not moved back because of' },
];

/** None where there are no deployments. */
function listDeployments(deployments: readonly ApiAnswer[]): readonly string[] {
  if (deployments.length === 0) return [];
  const rows = deployments.map((each) => [
    textAt(each, 'capacity'),
    textAt(each, 'verdict') || 'not assessed',
    ...listFigures(each),
    listBlockers(objectAt(each, 'assessment')),
  ]);
  return ['', ...layOutTable(BACK_COLUMNS, rows)];
}

/** What the profiles share is not assessed itself. */
function nameVerdict(migration: ApiAnswer): string {
  if (textAt(migration, 'name') === '*') return 'shared by all';
  return textAt(migration, 'verdict') || 'not assessed';
}

function listFigures(standing: ApiAnswer): readonly string[] {
  const assessment = objectAt(standing, 'assessment');
  const savings = 'savings_usd' in assessment ? numberAt(assessment, 'savings_usd').toFixed(2) : '';
  return [textAt(standing, 'last_day'), savings];
}

function listBlockers(assessment: ApiAnswer): string {
  return objectsAt(assessment, 'blockers')
    .map((blocker) => textAt(blocker, 'what'))
    .join(', ');
}

function describeStanding(migration: ApiAnswer): readonly string[] {
  const assessment = objectAt(migration, 'assessment');
  const profile = objectAt(migration, 'profile');
  const bill = (field: string) => numberAt(objectAt(assessment, field), 'usd').toFixed(2);
  const gates = Object.entries(objectAt(assessment, 'gates')).map(([gate, outcome]) => `${gate} ${String(outcome)}`);
  const figures =
    'savings_usd' in assessment
      ? [
          `A month: API ${bill('api_monthly')}, self-hosted ${bill('self_monthly')}, hybrid ${bill('hybrid_monthly')} USD`,
          describeSaving(assessment),
        ]
      : [`No figures: ${textAt(assessment, 'lack') || 'not assessed yet'}`];
  return [
    `${textAt(migration, 'name')}: ${textAt(profile, 'target_model')} on ${textAt(profile, 'hardware')}`,
    describeVerdict(migration),
    ...(Array.isArray(migration['issues']) ? migration['issues'].map((issue) => `Cannot be read: ${issue}`) : []),
    ...figures,
    ...(gates.length === 0 ? [] : [`Gates: ${gates.join(', ')}`]),
    ...describeBlockers('Not yet because of:', assessment),
  ];
}

function describeDeployment(deployment: ApiAnswer): readonly string[] {
  const assessment = objectAt(deployment, 'assessment');
  const usd = (field: string) => numberAt(assessment, field).toFixed(2);
  const figures =
    'savings_usd' in assessment
      ? [
          `A month: deployment ${usd('self_monthly_usd')}, its calls at list price ${usd('api_monthly_usd')} USD`,
          `Costs ${usd('savings_usd')} USD more than the API; ${describeProbability(assessment, 'it stays so')}`,
        ]
      : ['No figures: not assessed yet'];
  return [
    `${textAt(deployment, 'capacity')}: whether it still pays`,
    describeVerdict(deployment),
    ...figures,
    ...describeBlockers('Not moved back because of:', assessment),
  ];
}

function describeVerdict(standing: ApiAnswer): string {
  return `Verdict: ${textAt(standing, 'verdict') || 'not assessed'}, as of ${textAt(standing, 'last_day') || 'no day yet'}`;
}

function describeSaving(assessment: ApiAnswer): string {
  const usd = numberAt(assessment, 'savings_usd');
  const saving = usd < 0 ? `Costs ${(-usd).toFixed(2)} USD more than the API` : `Saves ${usd.toFixed(2)} USD`;
  return `${saving}; ${describeProbability(assessment)}`;
}

/** Break-even says another one: of the coming 30 days, and of the saving that it was asked for. */
function describeProbability(assessment: ApiAnswer, what = 'it saves enough'): string {
  const share = numberAt(assessment, 'probability').toFixed(2);
  return `probability ${share} that ${what} over the coming ${textAt(assessment, 'outlook_days')} days`;
}

function describeBlockers(title: string, assessment: ApiAnswer): readonly string[] {
  const blockers = objectsAt(assessment, 'blockers').map((each) => {
    return `  ${textAt(each, 'what')}: ${roundText(textAt(each, 'is')) || 'never'}, asked ${textAt(each, 'asked')}`;
  });
  return blockers.length === 0 ? [] : [title, ...blockers];
}

/** A figure to at most four digits after the point; other words as they are. */
function roundText(text: string): string {
  return /^-?\d+\.\d{5,}$/.test(text) ? String(Number(Number(text).toFixed(4))) : text;
}
