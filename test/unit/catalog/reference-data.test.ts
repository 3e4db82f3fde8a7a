import { expect, it } from 'vitest';
import { bundledReference } from '../../../lib/catalog/reference.ts';
import { toGpuName } from '../../../lib/domain/reference/reference-names.ts';
import { readCsv } from '../../helpers/read-csv.ts';
import { describeWithSharedData } from '../../helpers/shared-data.ts';

const reference = bundledReference();

/** A cell as a row has it; an empty one is unknown. */
function numberOrNull(cell: string | undefined): number | null {
  return cell === undefined || cell === '' ? null : Number(cell);
}

/** Rows in one order, so that two lists compare as sets that count repeats. */
function sorted(rows: readonly (readonly (string | number | null)[])[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

describeWithSharedData('gpu-prices.csv', 'rented machines', (path) => {
  it('are those of the collected table, number by number, with nothing filled in', () => {
    const collected = readCsv(path).map((row) => [
      row['provider'] ?? '',
      numberOrNull(row['gpu_count']),
      numberOrNull(row['vram_gb']),
      numberOrNull(row['vcpu']),
      numberOrNull(row['ram_gb']),
      numberOrNull(row['usd_per_hour']),
      numberOrNull(row['usd_per_hour_reserved']),
      numberOrNull(row['usd_per_hour_spot']),
      row['region'] || null,
      row['date'] || null,
    ]);
    const ours = reference.hardware.flatMap((row) =>
      row.kind === 'rented'
        ? [
            [
              row.provider,
              row.gpuCount,
              row.vramGb,
              row.vcpu,
              row.ramGb,
              row.hourlyUsd,
              row.reservedHourlyUsd,
              row.spotHourlyUsd,
              row.region,
              row.asOf,
            ],
          ]
        : [],
    );
    expect(collected.length).toBe(90);
    expect(sorted(ours)).toEqual(sorted(collected));
  });

  it('have the GPU of the table, its form told by the memory where the table leaves it open', () => {
    const named = readCsv(path).filter(({ provider }) => provider !== 'unspecified');
    for (const { provider, instance, gpu = '', gpu_count, vram_gb } of named) {
      const form = gpu === 'A100' || gpu === 'V100' ? `${gpu}-${Number(vram_gb) / Number(gpu_count)}GB` : gpu;
      const ours = reference.hardware.filter(
        (row) => row.kind === 'rented' && row.provider === provider && row.instance === instance,
      );
      const expected = form === '' ? null : toGpuName(form).toLowerCase();
      for (const row of ours) expect([instance, row.gpu?.toLowerCase() ?? null]).toEqual([instance, expected]);
    }
  });
});

describeWithSharedData('owned-hardware.csv', 'bought machines', (path) => {
  it('are those of the collected table, the server with a monthly range aside', () => {
    const collected = readCsv(path).filter(({ capex_usd }) => capex_usd !== '');
    const ours = reference.hardware.flatMap((row) => (row.kind === 'owned' ? [row] : []));
    expect(
      sorted(
        ours.map((row) => [
          row.gpu,
          row.gpuCount,
          row.vramGb,
          row.capexUsd,
          row.powerWatts,
          row.lifeYears,
          row.maintenanceMonthlyUsd,
          row.tariffUsd,
        ]),
      ),
    ).toEqual(
      sorted(
        collected.map((row) => [
          row['gpu'] ?? '',
          ...['gpu_count', 'vram_gb', 'capex_usd', 'power_w', 'life_years', 'maintenance_usd_month', 'usd_per_kwh'].map(
            (column) => numberOrNull(row[column]),
          ),
        ]),
      ),
    );
  });
});

describeWithSharedData('throughput.csv', 'throughput', (path) => {
  it('is that of the collected table, number by number', () => {
    const collected = readCsv(path).map((row) => [
      row['model'] ?? '',
      // Classes of guide S4 have a range of parameters, which is in their name.
      row['kind']?.startsWith('guide-') ? null : numberOrNull(row['params_b']),
      numberOrNull(row['gpu_count']),
      row['precision'] || null,
      row['engine'] || null,
      ...['concurrency', 'input_len', 'output_len', 'tokens_per_s_in', 'tokens_per_s_out'].map((column) =>
        numberOrNull(row[column]),
      ),
      row['kind'] ?? '',
      row['date'] || null,
    ]);
    const ours = reference.throughput.map((row) => [
      row.model,
      row.paramsB,
      row.gpuCount,
      row.precision,
      row.engine,
      row.concurrency,
      row.inputTokens,
      row.outputTokens,
      row.inputTokensPerS,
      row.outputTokensPerS,
      row.kind,
      row.asOf,
    ]);
    expect(collected.length).toBe(337);
    expect(sorted(ours)).toEqual(sorted(collected));
  });

  it('is on the GPU of the table, in our spelling', () => {
    const collected = readCsv(path)
      .filter(({ kind, gpu }) => !kind?.startsWith('guide-') && !gpu?.includes('not stated'))
      // Tables of one stream add the memory to the name: `4090 24GB`; forms of A100 and H100 keep it.
      .map(({ gpu = '', model = '', tokens_per_s_out }) => {
        const short = gpu.replace(/ \d+GB$/, '');
        const name =
          gpu === '' ? null : toGpuName(/^[AH]100/.test(gpu) ? gpu : /^\d/.test(short) ? `RTX ${short}` : short);
        return [model, name, numberOrNull(tokens_per_s_out)];
      });
    const ours = reference.throughput
      .filter(({ kind, engine }) => !kind.startsWith('guide-') && engine !== 'OCI Generative AI')
      .map(({ model, gpu, outputTokensPerS }) => [model, gpu, outputTokensPerS]);
    expect(sorted(ours)).toEqual(sorted(collected));
  });
});

describeWithSharedData('models-quality.csv', 'quality', (path) => {
  it('is that of the collected table', () => {
    const collected = readCsv(path).map(({ model = '', score, scale = '' }) => [model, numberOrNull(score), scale]);
    const ours = reference.quality.map(({ model, score, scale }) => [model, score, scale]);
    expect(collected.length).toBe(128);
    expect(sorted(ours)).toEqual(sorted(collected));
  });
});
