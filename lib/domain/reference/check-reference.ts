import { parseInstant } from '../instant.ts';
import { toGpuName, toModelKey } from './reference-names.ts';
import {
  type FigureRow,
  type HardwareRow,
  type OpenModelRow,
  type QualityRow,
  type Reference,
  type SourcedRow,
  STANDINGS,
  THROUGHPUT_KINDS,
  type ThroughputRow,
} from './reference-rows.ts';

/** What is wrong with rows of reference, a sentence each naming kind and row; empty = nothing. */
export function checkReference(reference: Omit<Reference, 'version'>): readonly string[] {
  return [
    ...checkKind('hardware', reference.hardware, checkHardware),
    ...checkKind('throughput', reference.throughput, checkThroughput),
    ...checkKind('quality', reference.quality, checkQuality),
    ...checkKind('training', reference.training, checkFigure),
    ...checkKind('hosting', reference.hosting, checkFigure),
    ...checkKind('models', reference.models, checkModel),
    ...checkModelNames(reference.models),
  ];
}

function checkKind<Row extends SourcedRow>(
  kind: string,
  rows: readonly Row[],
  check: (row: Row) => readonly string[],
): readonly string[] {
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const isTaken = seen.has(row.id);
    seen.add(row.id);
    const issues = [...(isTaken ? ['its id is taken'] : []), ...checkSource(row), ...check(row)];
    return issues.map((issue) => `${kind} ${row.id}: ${issue}`);
  });
}

function checkSource({ id, source, asOf, checkedOn, standing, note }: SourcedRow): readonly string[] {
  return [
    ...(id.trim() === '' ? ['no id'] : []),
    ...(source.trim() === '' ? ['no source'] : []),
    ...(asOf === null || isDate(asOf) ? [] : [`asOf is "${asOf}", expected a year, month or day`]),
    ...(checkedOn.length === 10 && isDate(checkedOn) ? [] : [`checkedOn is "${checkedOn}", expected a day`]),
    ...(asOf !== null && asOf > checkedOn ? [`asOf ${asOf} is after the check on ${checkedOn}`] : []),
    ...(STANDINGS.includes(standing) ? [] : [`no standing "${standing}"`]),
    ...(standing === 'legacy' && (note ?? '').trim() === '' ? ['a legacy row says in a note what is right'] : []),
  ];
}

function checkHardware(row: HardwareRow): readonly string[] {
  const machine = [
    ...checkGpu(row.gpu),
    ...checkNumbers({ gpuCount: row.gpuCount }, isCount),
    ...checkNumbers({ vramGb: row.vramGb }, isAmount),
    ...(row.gpuCount === 0 && (row.gpu !== null || (row.vramGb ?? 0) > 0) ? ['has a GPU and none'] : []),
    ...(row.gpuCount !== 0 && row.vramGb === 0 ? ['vramGb is 0 where it must be null'] : []),
  ];
  if (row.kind === 'rented') {
    const { hourlyUsd, reservedHourlyUsd, spotHourlyUsd, vcpu, ramGb } = row;
    const prices = { hourlyUsd, reservedHourlyUsd, spotHourlyUsd };
    const isPriced = Object.values(prices).some((it) => it !== null);
    return [
      ...machine,
      ...checkNumbers({ ...prices, vcpu, ramGb }, isPositive),
      ...(isPriced ? [] : ['no price']),
      ...(hourlyUsd !== null && Math.max(reservedHourlyUsd ?? 0, spotHourlyUsd ?? 0) > hourlyUsd
        ? ['dearer with a commitment or on spot than on demand']
        : []),
    ];
  }
  if (row.kind === 'owned') {
    const { capexUsd, lifeYears, powerWatts, pueRatio, tariffUsd, maintenanceMonthlyUsd, salvageUsd } = row;
    return [
      ...machine,
      ...checkNumbers({ capexUsd, lifeYears, powerWatts, tariffUsd }, isPositive),
      ...checkNumbers({ maintenanceMonthlyUsd, salvageUsd }, isAmount),
      ...checkNumbers({ pueRatio }, (it) => it >= 1),
      ...((salvageUsd ?? 0) > (capexUsd ?? Number.MAX_VALUE) ? ['salvageUsd is above capexUsd'] : []),
    ];
  }
  const { lowMonthlyUsd, highMonthlyUsd } = row;
  return [
    ...machine,
    ...checkNumbers({ lowMonthlyUsd, highMonthlyUsd }, isPositive),
    ...checkRange(lowMonthlyUsd, highMonthlyUsd),
  ];
}

function checkRange(low: number, high: number): readonly string[] {
  return low > high ? [`its range ends before it begins: ${low} to ${high}`] : [];
}

function checkThroughput(row: ThroughputRow): readonly string[] {
  const { model, paramsB, gpuCount, concurrency, inputTokens, outputTokens, inputTokensPerS, outputTokensPerS } = row;
  const isGuess = row.kind === 'paper-estimate' || row.kind.startsWith('guide-');
  return [
    ...checkGpu(row.gpu),
    ...(model.trim() === '' ? ['no model'] : []),
    ...checkNumbers({ paramsB, inputTokensPerS, outputTokensPerS }, isPositive),
    ...checkNumbers({ gpuCount }, isCount),
    ...checkNumbers({ concurrency, inputTokens, outputTokens }, (it) => isCount(it) && it > 0),
    ...(gpuCount === 0 && row.gpu === null ? ['names no machine'] : []),
    ...(THROUGHPUT_KINDS.includes(row.kind) ? [] : [`no kind "${row.kind}"`]),
    ...(isGuess && row.standing === 'stated' ? ['an estimate is not marked as one'] : []),
  ];
}

const SCALE_END = /(?: %| \/(\d+))$/;

function checkQuality({ model, score, scale }: QualityRow): readonly string[] {
  const end = SCALE_END.exec(scale);
  const most = Number(end?.[1] ?? 100);
  return [
    ...(model.trim() === '' ? ['no model'] : []),
    ...(end === null ? [`scale "${scale}" does not say what it is out of`] : []),
    ...(score >= 0 && score <= most ? [] : [`score ${score} is not from 0 to ${most}`]),
  ];
}

function checkFigure({ about, low, high, unit }: FigureRow): readonly string[] {
  return [
    ...(about.trim() === '' || unit.trim() === '' ? ['says not what it is about or in what unit'] : []),
    ...checkNumbers({ low, high }, isAmount),
    ...checkRange(low, high),
  ];
}

function checkModel(row: OpenModelRow): readonly string[] {
  const { paramsB, activeParamsB, contextTokens, cacheTokenBytes, licence } = row;
  return [
    ...checkNumbers({ paramsB, activeParamsB }, isPositive),
    ...checkNumbers({ contextTokens, cacheTokenBytes }, (it) => isCount(it) && it > 0),
    ...((activeParamsB ?? 0) > paramsB ? ['more parameters work than there are'] : []),
    ...(licence.trim() === '' ? ['no licence'] : []),
  ];
}

function checkModelNames(models: readonly OpenModelRow[]): readonly string[] {
  const owners = new Map<string, string>();
  return models.flatMap(({ id, names }) =>
    [id, ...names].flatMap((name) => {
      const owner = owners.get(toModelKey(name));
      owners.set(toModelKey(name), id);
      return owner === undefined || owner === id ? [] : [`models ${id}: ${owner} goes by its name ${name}`];
    }),
  );
}

function checkGpu(gpu: string | null): readonly string[] {
  return gpu === null || toGpuName(gpu) === gpu ? [] : [`gpu "${gpu}" is called ${toGpuName(gpu)} here`];
}

function checkNumbers(
  fields: Readonly<Record<string, number | null>>,
  isSound: (value: number) => boolean,
): readonly string[] {
  return Object.entries(fields).flatMap(([field, value]) =>
    value === null || (Number.isFinite(value) && isSound(value)) ? [] : [`${field} is ${value}; unknown is null`],
  );
}

const isPositive = (value: number): boolean => value > 0;
const isAmount = (value: number): boolean => value >= 0;
const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;

function isDate(text: string): boolean {
  if (!/^\d{4}(-\d{2}(-\d{2})?)?$/.test(text)) return false;
  return parseInstant(`${text}${'-01-01'.slice(text.length - 4)}T00:00:00Z`) !== undefined;
}
