import type { FormTree } from './form-encoding.js';
import { invalidParameter } from './stripe-failure.js';

/**
 * The parameters of one request. Reading a parameter marks it as known; {@link Parameters.finish} refuses what nobody read, as
 * Stripe refuses parameters it does not know.
 */
export class Parameters {
  private readonly read = new Set<string>();
  private readonly children: Parameters[] = [];

  constructor(
    private readonly tree: FormTree,
    private readonly prefix = '',
  ) {}

  has(name: string): boolean {
    this.read.add(name);
    return this.tree[name] !== undefined;
  }

  text(name: string): string | undefined {
    this.read.add(name);
    const value = this.tree[name];
    if (typeof value === 'object') throw invalidParameter(this.full(name), `Invalid string: ${this.full(name)}`);
    return value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') {
      throw invalidParameter(this.full(name), `Missing required param: ${this.full(name)}.`, 'parameter_missing');
    }
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,15}$/.test(value)) {
      throw invalidParameter(this.full(name), `Invalid integer: ${value}`, 'parameter_invalid_integer');
    }
    return Number(value);
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (value !== 'true' && value !== 'false') throw invalidParameter(this.full(name), `Invalid boolean: ${value}`);
    return value === 'true';
  }

  choice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one === value);
    if (!found) {
      throw invalidParameter(this.full(name), `Invalid ${this.full(name)}: must be one of ${allowed.join(', ')}`);
    }
    return found;
  }

  /** A nested object; empty where it was not sent. */
  nested(name: string): Parameters {
    this.read.add(name);
    const value = this.tree[name];
    const child = new Parameters(typeof value === 'object' ? value : {}, this.full(name));
    this.children.push(child);
    return child;
  }

  /** A list of strings. */
  list(name: string): string[] {
    this.read.add(name);
    const value = this.tree[name];
    if (typeof value !== 'object') return [];
    return Object.values(value).filter((one) => typeof one === 'string');
  }

  /** Key-value pairs that Stripe keeps and does not read: up to 50 keys, 40 characters each, values of 500. */
  metadata(): Record<string, string> {
    this.read.add('metadata');
    const value = this.tree['metadata'];
    if (typeof value !== 'object') return {};
    const entries = Object.entries(value).map(([key, one]) => [key, typeof one === 'string' ? one : ''] as const);
    if (entries.length > 50 || entries.some(([key, one]) => key.length > 40 || one.length > 500)) {
      throw invalidParameter('metadata', 'Metadata is limited to 50 keys of 40 characters with values of 500.');
    }
    return Object.fromEntries(entries);
  }

  /** Names of everything that was sent, for whole objects that are kept as they came. */
  names(): string[] {
    return Object.keys(this.tree);
  }

  /** Accepts a parameter that this stand-in has no use for. */
  ignore(...names: string[]): void {
    for (const name of names) this.read.add(name);
  }

  /** @throws StripeFailure naming the first parameter that nobody read */
  finish(): void {
    const unknown = Object.keys(this.tree).find((name) => !this.read.has(name));
    if (unknown !== undefined) {
      const full = this.full(unknown);
      throw invalidParameter(full, `Received unknown parameter: ${full}`, 'parameter_unknown');
    }
    for (const child of this.children) child.finish();
  }

  private full(name: string): string {
    return this.prefix ? `${this.prefix}[${name}]` : name;
  }
}
