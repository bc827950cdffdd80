/** What may be logged of an error. */
export interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly frames?: readonly string[];
}

/**
 * Describes an error for the log without its message: messages of databases and parsers quote the data they failed on, and
 * that may be a token or a notification.
 */
export function safeDescription(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const details = error as Error & { code?: unknown; constraint?: unknown };
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim());
  return {
    name: error.name,
    ...(typeof details.code === 'string' ? { code: details.code } : {}),
    ...(typeof details.constraint === 'string' ? { constraint: details.constraint } : {}),
    frames,
  };
}

/**
 * Classes 08 (connection), 53 (resources) and 57 (operator intervention, and statements that took too long) of SQLSTATE, and those
 * of 40 that ask for a new try (a deadlock, a serialization failure); PostgreSQL documentation, appendix A.
 */
const SQLSTATE_UNAVAILABLE = /^(08|53|57|40001|40P01)/;
const SYSTEM_UNAVAILABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'ENOENT']);

/** Whether an error means that the database cannot be reached just now: then the client shall come again (503). */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && (SQLSTATE_UNAVAILABLE.test(code) || SYSTEM_UNAVAILABLE.has(code))) return true;
  return /^(Connection terminated|timeout exceeded when trying to connect|Cannot use a pool after|Client has encountered a connection error)/.test(
    error.message,
  );
}
