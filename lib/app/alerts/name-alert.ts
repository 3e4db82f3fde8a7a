import { createHash } from 'node:crypto';

/** The id under which an alert is delivered, however often: a digest of what was claimed. */
export function nameAlert(tenant: string, claim: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, claim]))
    .digest('hex')
    .slice(0, 32);
}
