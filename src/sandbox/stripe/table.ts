import { randomBytes } from 'node:crypto';
import type { Parameters } from './parameters.js';
import { invalidParameter, missing } from './stripe-failure.js';
import type { List } from './stripe-objects.js';

/** An id in Stripe's manner: prefix and random letters. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}

/** All objects of one kind, in the order in which they were made. */
export class Table<T extends { readonly id: string }> {
  private readonly rows = new Map<string, T>();

  constructor(
    /** The kind as Stripe's error messages call it. */
    readonly kind: string,
    readonly prefix: string,
  ) {}

  newId(): string {
    return newId(this.prefix);
  }

  add(row: T): T {
    this.rows.set(row.id, row);
    return row;
  }

  remove(id: string): void {
    this.rows.delete(id);
  }

  find(id: string): T | undefined {
    return this.rows.get(id);
  }

  /** @throws StripeFailure 404, or 400 where the id was a parameter */
  get(id: string, param?: string): T {
    const row = this.rows.get(id);
    if (!row) throw missing(this.kind, id, param ?? 'id', param === undefined ? 404 : 400);
    return row;
  }

  /** Oldest first. */
  all(): T[] {
    return [...this.rows.values()];
  }
}

/**
 * One page of a list, newest first, as all lists of Stripe's are: `limit` (1 to 100, usually 10), `starting_after`,
 * `ending_before` (docs.stripe.com/api/pagination).
 *
 * @param oldestFirst everything that matches
 */
export function page<T extends { readonly id: string }>(
  oldestFirst: readonly T[],
  parameters: Parameters,
  url: string,
): List<T> {
  const limit = parameters.integer('limit') ?? 10;
  if (limit < 1 || limit > 100) throw invalidParameter('limit', 'This value must be between 1 and 100.');
  const after = parameters.text('starting_after');
  const before = parameters.text('ending_before');
  const rows = oldestFirst.toReversed();
  const place = (id: string, param: string) => {
    const index = rows.findIndex((row) => row.id === id);
    if (index < 0) throw missing('object', id, param, 400);
    return index;
  };
  if (before !== undefined) {
    const end = place(before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: rows.slice(start, end), has_more: start > 0, url };
  }
  const start = after === undefined ? 0 : place(after, 'starting_after') + 1;
  return { object: 'list', data: rows.slice(start, start + limit), has_more: start + limit < rows.length, url };
}
