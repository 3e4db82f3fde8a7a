import { LineError } from './answer-lines.ts';

/**
 * One function of `tokenledger calc`: inputs and result in the snake_case of its public contract. Numbers of the result
 * are finite or the line is refused; `null` says that the result does not exist.
 */
export type Calculator = (inputs: InputFields) => Readonly<Record<string, unknown>>;

/** Bounds of a number field; both included. */
export interface NumberBounds {
  /** @default 0 */
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

/**
 * Reads the fields of a request by name and refuses what does not fit with code `invalid_inputs` and a message that
 * names the field. Numbers are JSON numbers, finite, and from 0 unless other bounds are given.
 */
export class InputFields {
  readonly #json: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  /** @param prefix - what the fields are called before their own name in messages, e.g. `inputs.` */
  constructor(json: unknown, prefix: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new LineError('invalid_inputs', `${prefix.replace(/\.$/, '') || 'request'}: expected an object`);
    }
    this.#json = json as Readonly<Record<string, unknown>>;
    this.#prefix = prefix;
  }

  number(field: string, bounds: NumberBounds = {}): number {
    return this.optionalNumber(field, bounds) ?? this.refuse(field, 'is missing');
  }

  /** The fallback when the field is absent. */
  numberOr(field: string, fallback: number, bounds: NumberBounds = {}): number {
    return this.optionalNumber(field, bounds) ?? fallback;
  }

  /** A number above 0: something that is divided by. */
  positive(field: string): number {
    const value = this.number(field);
    return value > 0 ? value : this.refuse(field, 'must be above 0');
  }

  /** Undefined when the field is absent. */
  optionalNumber(field: string, bounds: NumberBounds = {}): number | undefined {
    const value = this.#json[field];
    if (value === undefined) return undefined;
    return this.#checkNumber(field, value, bounds);
  }

  numberOrNull(field: string): number | null {
    return this.#json[field] === null ? null : this.number(field, { min: -Number.MAX_VALUE });
  }

  numbers(field: string, bounds: NumberBounds = {}): readonly number[] {
    return this.list(field).map((value, index) => this.#checkNumber(`${field}[${index}]`, value, bounds));
  }

  text(field: string): string {
    const value = this.#json[field];
    return typeof value === 'string' ? value : this.refuse(field, 'expected text');
  }

  optionalBoolean(field: string, fallback: boolean): boolean {
    const value = this.#json[field];
    if (value === undefined) return fallback;
    return typeof value === 'boolean' ? value : this.refuse(field, 'expected true or false');
  }

  list(field: string): readonly unknown[] {
    const value = this.#json[field];
    return Array.isArray(value) ? value : this.refuse(field, 'expected a list');
  }

  object(field: string): InputFields {
    return new InputFields(this.#json[field], `${this.#prefix}${field}.`);
  }

  objects(field: string): readonly InputFields[] {
    return this.list(field).map((value, index) => new InputFields(value, `${this.#prefix}${field}[${index}].`));
  }

  /** @throws {@link LineError} saying what is wrong with the field */
  refuse(field: string, why: string): never {
    throw new LineError('invalid_inputs', `${this.#prefix}${field}: ${why}`);
  }

  #checkNumber(field: string, value: unknown, { min = 0, max, whole = false }: NumberBounds): number {
    if (typeof value !== 'number' || !Number.isFinite(value)) return this.refuse(field, 'expected a number');
    if (value < min) return this.refuse(field, `${value} is below ${min}`);
    if (max !== undefined && value > max) return this.refuse(field, `${value} is above ${max}`);
    if (whole && !Number.isSafeInteger(value)) return this.refuse(field, `${value} is not a whole number`);
    return value;
  }
}
