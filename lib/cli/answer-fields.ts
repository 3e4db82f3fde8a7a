import type { ApiAnswer } from '../client/api-client.ts';

/** The text at a field, or an empty one; numbers as they print. */
export function textAt(answer: ApiAnswer, field: string): string {
  const value = answer[field];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The number at a field, or 0. */
export function numberAt(answer: ApiAnswer, field: string): number {
  const value = answer[field];
  return typeof value === 'number' ? value : Number(textAt(answer, field)) || 0;
}

/** The objects in the list at a field; none when it is no list. */
export function objectsAt(answer: ApiAnswer, field: string): readonly ApiAnswer[] {
  const value = answer[field];
  return Array.isArray(value) ? value : [];
}

/** The object at a field, or an empty one. */
export function objectAt(answer: ApiAnswer, field: string): ApiAnswer {
  const value = answer[field];
  return typeof value === 'object' && value !== null ? (value as ApiAnswer) : {};
}
