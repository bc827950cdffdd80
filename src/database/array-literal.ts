/** A 64-bit integer: `bigint` only where a number cannot hold it. */
export type Int64 = number | bigint;

/**
 * An array of PostgreSQL as text, of values that need no quotes: numbers, flags, UUIDs, ISO 8601 times (PostgreSQL documentation, 8.15.2). The
 * driver would look at every value for what to escape.
 */
export function arrayLiteral(values: readonly (Int64 | string | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** As `arrayLiteral`, of one property of every row. */
export function column<Row>(rows: readonly Row[], value: (row: Row) => Int64 | string | boolean | null): string {
  return arrayLiteral(rows.map(value));
}
