import type { EnvironmentName } from '../../lib/contracts/environment.ts';

/** A variable that the stack sets. @throws when it is missing */
export function readText(env: NodeJS.ProcessEnv, name: EnvironmentName): string {
  const value = env[name];
  if (!value) throw new Error(`environment variable ${name} is missing`);
  return value;
}

/** A variable that holds whole milliseconds. @throws when it is missing or something else */
export function readMilliseconds(env: NodeJS.ProcessEnv, name: EnvironmentName): number {
  const value = readText(env, name);
  if (!/^\d+$/.test(value)) throw new Error(`environment variable ${name}: expected whole milliseconds, got ${value}`);
  return Number(value);
}
