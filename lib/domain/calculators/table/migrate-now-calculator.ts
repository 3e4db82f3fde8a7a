import {
  allowNull,
  takeFields,
  takeFlag,
  takeList,
  takeNumber,
  takeShare,
  takeSigned,
  type ValuesOf,
  withDefault,
} from '../../inputs/inputs.ts';
import {
  foldMigrateStates,
  INITIAL_MIGRATE_STATE,
  type MigrateDay,
  type MigratePolicy,
} from '../../migrate-now/migrate-state.ts';
import { defineCalculator } from '../calculator.ts';

const RUN = { min: 1, whole: true } as const;

const DAY = {
  history_days: takeNumber('complete days so far'),
  pct: takeSigned('saving as a share of the API bill'),
  usd: takeSigned('saving in USD a month'),
  prob: takeShare('probability that it holds'),
  payback: allowNull(takeNumber('months'), 'never'),
  gates: withDefault(takeFlag('whether all gates pass'), true),
  complete: withDefault(takeFlag('whether the day is complete'), true),
} as const;

const PARAMS = {
  on_pct: takeNumber('share to enter'),
  on_usd: takeNumber('USD a month to enter'),
  on_prob: takeShare('probability to enter'),
  n_on: takeNumber('days running to enter', RUN),
  off_pct: takeNumber('share to stay'),
  off_usd: takeNumber('USD a month to stay'),
  off_prob: takeShare('probability to stay'),
  n_off: takeNumber('days running to leave', RUN),
  max_payback: takeNumber('months'),
  min_history: takeNumber('complete days'),
  max_missing: takeNumber('incomplete days in a row that are bridged', { whole: true }),
} as const;

/** The migrate-now state machine over a sequence of days, oldest first. */
export const MIGRATE_NOW_CALCULATOR = defineCalculator(
  {
    name: 'migrate_now',
    summary: 'The migrate-now state machine over days, oldest first',
    inputs: { days: takeList(takeFields(DAY)), params: takeFields(PARAMS) },
    result: {
      states: 'list: `stay`, `watch` or `migrate_now` after each day',
      alert_days: 'list: positions, from 0, of the days that alert',
    },
    source: 'METHODS 6 and 5.4',
  },
  ({ days, params }) => {
    const folded = foldMigrateStates(INITIAL_MIGRATE_STATE, days.map(toDay), toPolicy(params));
    const states = folded.map(({ verdict }) => verdict);
    const alerts = states.map((state, day) => state === 'migrate_now' && states[day - 1] !== 'migrate_now');
    return { states, alert_days: alerts.flatMap((isAlert, day) => (isAlert ? [day] : [])) };
  },
);

function toDay(day: ValuesOf<typeof DAY>): MigrateDay {
  return {
    historyDays: day.history_days,
    savingsRatio: day.pct,
    savingsUsd: day.usd,
    probability: day.prob,
    paybackMonths: day.payback,
    gates: day.gates ? 'pass' : 'fail',
    complete: day.complete,
  };
}

function toPolicy(params: ValuesOf<typeof PARAMS>): MigratePolicy {
  return {
    onSavingsRatio: params.on_pct,
    onSavingsUsd: params.on_usd,
    onProbability: params.on_prob,
    onDays: params.n_on,
    offSavingsRatio: params.off_pct,
    offSavingsUsd: params.off_usd,
    offProbability: params.off_prob,
    offDays: params.n_off,
    maxPaybackMonths: params.max_payback,
    minHistoryDays: params.min_history,
    maxMissingDays: params.max_missing,
  };
}
