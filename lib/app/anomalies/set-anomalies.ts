import { readAnomalySettings, type WrittenSettings } from '../../domain/anomaly/anomaly-settings.ts';
import type { Credential } from '../access/access-ports.ts';
import type { Clock, TenantConfig } from '../ports.ts';
import { InvalidRequestError } from '../request-errors.ts';
import type { AnomalyStore } from './anomaly-ports.ts';

/** What reading and changing the settings of detectors takes. */
export interface AnomalySettingPorts {
  readonly anomalies: Pick<AnomalyStore, 'settings' | 'putSettings'>;
  readonly now: Clock;
}

/** The settings of a tenant's detectors in full, with the defaults for what was never said. */
export async function showAnomalySettings(
  { anomalies }: Pick<AnomalySettingPorts, 'anomalies'>,
  { tenant }: TenantConfig,
): Promise<WrittenSettings> {
  return parse((await anomalies.settings(tenant)) ?? {});
}

/**
 * Puts settings in the place of those there are; what is left out takes its default again. They hold for days from the
 * next answer on, for minutes within five minutes.
 *
 * @throws {@link InvalidRequestError} naming every field at fault
 */
export async function setAnomalies(
  { anomalies, now }: AnomalySettingPorts,
  { tenant }: TenantConfig,
  source: Readonly<Record<string, unknown>>,
  by: Credential,
): Promise<WrittenSettings> {
  const written = parse(source);
  const before = parse((await anomalies.settings(tenant)) ?? {});
  const detail = { before, after: written };
  await anomalies.putSettings(tenant, written, {
    atMs: now(),
    keyId: by.keyId,
    action: 'anomaly_settings.changed',
    detail,
  });
  return written;
}

function parse(source: Readonly<Record<string, unknown>>): WrittenSettings {
  const read = readAnomalySettings(source);
  if ('issues' in read) throw new InvalidRequestError(read.issues);
  return read.written;
}
