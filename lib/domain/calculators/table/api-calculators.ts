import { takeChoice, takeNumber, takeShare, withDefault } from '../../inputs/inputs.ts';
import { computeApiBill, computeTrainingCost, convertCharacterPriceUsd } from '../api-bill.ts';
import { refuseInput } from '../calculation-error.ts';
import { defineCalculator } from '../calculator.ts';
import { computePaperBreakEven } from '../paper-break-even.ts';
import { computeUniversalApiBill, computeUniversalHostingUsd, countMonthlyQueries } from '../universal-cost.ts';

const PRICE = 'USD per 1M tokens';
const USD_MONTH = 'USD a month';

const apiMonthly = defineCalculator(
  {
    name: 'api_monthly',
    summary: 'The API bill of a month of equal calls',
    inputs: {
      requests: takeNumber('calls a month'),
      tin: takeNumber('input tokens a call, cached ones among them'),
      tout: takeNumber('output tokens a call'),
      pin: takeNumber(PRICE),
      pout: takeNumber(PRICE),
      cached: withDefault(takeNumber('tokens of `tin` read from cache'), 0),
      pcached: withDefault(takeNumber(PRICE), 0),
      fixed: withDefault(takeNumber(USD_MONTH), 0),
    },
    result: { unit_usd: 'USD a call', variable_usd: USD_MONTH, monthly_usd: `${USD_MONTH}, \`fixed\` included` },
    source: 'METHODS 5.2 (1)',
  },
  ({ tin, cached, ...inputs }) => {
    if (cached > tin) refuseInput('cached', `a number of at most \`tin\`, ${tin}, not ${cached}`);
    const bill = computeApiBill({
      requests: inputs.requests,
      inputTokens: tin,
      cachedTokens: cached,
      outputTokens: inputs.tout,
      inputPriceUsd: inputs.pin,
      cachedPriceUsd: inputs.pcached,
      outputPriceUsd: inputs.pout,
      fixedUsd: inputs.fixed,
    });
    return { unit_usd: bill.unitUsd, variable_usd: bill.variableUsd, monthly_usd: bill.monthlyUsd };
  },
);

const flatRate = defineCalculator(
  {
    name: 'flat_rate',
    summary: 'Calls at one price each',
    inputs: { requests: takeNumber('calls'), usd_per_request: takeNumber('USD a call') },
    result: { usd: 'USD' },
    source: 'METHODS 5.4',
  },
  ({ requests, usd_per_request }) => ({ usd: requests * usd_per_request }),
);

const priceUnitConvert = defineCalculator(
  {
    name: 'price_unit_convert',
    summary: 'A price by characters as a price by tokens',
    inputs: {
      usd_per_1k_chars: takeNumber('USD per 1,000 characters'),
      chars_per_token: takeNumber('characters a token: an assumption about the language'),
    },
    result: { usd_per_million_tokens: PRICE },
    source: 'METHODS 5.4; guide S0 line 66',
  },
  (inputs) => ({ usd_per_million_tokens: convertCharacterPriceUsd(inputs.usd_per_1k_chars, inputs.chars_per_token) }),
);

const TRAINING_RESULT = { training_tokens: 'tokens over all epochs', usd: 'USD' };

const finetuneTraining = defineCalculator(
  {
    name: 'finetune_training',
    summary: 'Training on a file of examples',
    inputs: {
      examples: takeNumber('examples'),
      tokens_per_example: takeNumber('tokens'),
      epochs: takeNumber('passes over the file'),
      usd_per_million: takeNumber(PRICE),
    },
    result: TRAINING_RESULT,
    source: 'METHODS 5.4; guide S2 lines 278 to 284',
  },
  (inputs) => train(inputs.examples * inputs.tokens_per_example, inputs.epochs, inputs.usd_per_million),
);

const trainingCost = defineCalculator(
  {
    name: 'training_cost',
    summary: 'Training on so many tokens',
    inputs: {
      tokens: takeNumber('tokens of the file'),
      epochs: takeNumber('passes over the file'),
      usd_per_million: takeNumber(PRICE),
    },
    result: TRAINING_RESULT,
    source: 'METHODS 5.4',
  },
  (inputs) => train(inputs.tokens, inputs.epochs, inputs.usd_per_million),
);

function train(fileTokens: number, epochs: number, usdPerMillion: number) {
  const cost = computeTrainingCost(fileTokens, epochs, usdPerMillion);
  return { training_tokens: cost.trainingTokens, usd: cost.usd };
}

const universalMonthlyCost = defineCalculator(
  {
    name: 'universal_monthly_cost',
    summary: "The guide's one formula for a month of either way: 30 days of queries, 730 hours of instances",
    inputs: {
      users: takeNumber('users'),
      queries_per_user_per_day: takeNumber('queries'),
      input_tokens: takeNumber('tokens a query'),
      output_tokens: takeNumber('tokens a query'),
      deployment: takeChoice('`api` or `open_source`', ['api', 'open_source']),
      price_in: withDefault(takeNumber(`${PRICE}; api needs it`), null),
      price_out: withDefault(takeNumber(`${PRICE}; api needs it`), null),
      infrastructure: withDefault(takeNumber(`${USD_MONTH}; api needs it`), null),
      operations: withDefault(takeNumber(`${USD_MONTH}; api needs it`), null),
      instances: withDefault(takeNumber('instances; open_source needs it'), null),
      usd_per_hour: withDefault(takeNumber('USD an instance and hour; open_source needs it'), null),
      ops_base: withDefault(takeNumber(`${USD_MONTH}; open_source needs it`), null),
      ops_per_instance: withDefault(takeNumber(`${USD_MONTH}; open_source needs it`), null),
    },
    result: { queries_per_month: 'queries', variable_usd: USD_MONTH, monthly_usd: USD_MONTH },
    source: 'METHODS 5.4; guide S4 lines 308 to 337',
  },
  (inputs) => {
    const queries = countMonthlyQueries(inputs.users, inputs.queries_per_user_per_day);
    const need = (name: NeededByOne): number =>
      inputs[name] ?? refuseInput(name, `a number where \`deployment\` is ${inputs.deployment}, but it is missing`);
    if (inputs.deployment === 'open_source') {
      const monthlyUsd = computeUniversalHostingUsd(
        need('instances'),
        need('usd_per_hour'),
        need('ops_base'),
        need('ops_per_instance'),
      );
      return { queries_per_month: queries, variable_usd: 0, monthly_usd: monthlyUsd };
    }
    const bill = computeUniversalApiBill({
      queries,
      inputTokens: inputs.input_tokens,
      outputTokens: inputs.output_tokens,
      inputPriceUsd: need('price_in'),
      outputPriceUsd: need('price_out'),
      infrastructureUsd: need('infrastructure'),
      operationsUsd: need('operations'),
    });
    return { queries_per_month: queries, variable_usd: bill.variableUsd, monthly_usd: bill.monthlyUsd };
  },
);

type NeededByOne =
  | 'price_in'
  | 'price_out'
  | 'infrastructure'
  | 'operations'
  | 'instances'
  | 'usd_per_hour'
  | 'ops_base'
  | 'ops_per_instance';

const paperBreakevenMonths = defineCalculator(
  {
    name: 'paper_breakeven_months',
    summary: 'Months in which a bought machine at a steady rate earns its price',
    inputs: {
      capex: takeNumber('USD'),
      electricity_monthly: takeNumber(USD_MONTH),
      tokens_per_s: takeNumber('tokens a second'),
      hours_per_day: takeNumber('hours', { max: 24 }),
      days_per_month: takeNumber('days', { max: 31 }),
      share_input: takeShare('share of the tokens charged as input'),
      pin: takeNumber(PRICE),
      pout: takeNumber(PRICE),
    },
    result: {
      tokens_per_month: 'tokens',
      api_monthly_usd: USD_MONTH,
      months: 'months; null where the electricity costs as much as the API',
    },
    source: 'METHODS 5.4, after Pan and others, 2025',
  },
  (inputs) => {
    const found = computePaperBreakEven({
      capexUsd: inputs.capex,
      electricityMonthlyUsd: inputs.electricity_monthly,
      tokensPerS: inputs.tokens_per_s,
      hoursPerDay: inputs.hours_per_day,
      daysPerMonth: inputs.days_per_month,
      inputShareRatio: inputs.share_input,
      inputPriceUsd: inputs.pin,
      outputPriceUsd: inputs.pout,
    });
    return {
      tokens_per_month: found.tokensPerMonth,
      api_monthly_usd: found.apiMonthlyUsd,
      months: found.months,
    };
  },
);

/** Bills of an API, and of training through one. */
export const API_CALCULATORS = [
  apiMonthly,
  flatRate,
  priceUnitConvert,
  universalMonthlyCost,
  paperBreakevenMonths,
  finetuneTraining,
  trainingCost,
];
