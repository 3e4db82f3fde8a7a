import type { TenantConfig } from '../../../lib/app/ports.ts';

function tenant(name: string, timeZone: string): TenantConfig {
  const pseudonymKey = Buffer.alloc(32, name.charCodeAt(0)).toString('base64');
  return { tenant: name, timeZone, tagDimensions: [], trackUsers: false, pseudonymKey, createdAtMs: 0 };
}

/** The tenants of every history: one whose clocks went forward the day before, and two in zones far from it. */
export const TENANTS: readonly [TenantConfig, TenantConfig, TenantConfig] = [
  tenant('acme', 'America/New_York'),
  tenant('beta', 'Asia/Kolkata'),
  tenant('gamma', 'Europe/Berlin'),
];

/** The tenant of a number in a history. */
export const tenantAt = (index: number): TenantConfig => TENANTS[index % TENANTS.length] ?? TENANTS[0];

/** Unique id of the role that sends for a tenant. */
export const roleOf = ({ tenant: name }: TenantConfig): string => `AROA${name.toUpperCase()}`;

/** Unique id of the API function's role. */
export const API_ROLE = 'AROAAPI';

/** Unique id of a role that sends for no tenant. */
export const STRANGER_ROLE = 'AROASTRANGER';

/** Unique id of the role of the sweep, which sends dead letters back. */
export const SWEEP_ROLE = 'AROASWEEP';
