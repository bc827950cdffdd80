import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { planTexts } from './plan-texts.js';
import type { EntryRow } from './usage-sql.js';

const HEADS = [
  ...['server_id', 'realm_id', 'date_created', 'realm_name', 'host', 'contact_email', 'server_version'],
  ...['last_audit_log_update', 'mobile_users', 'mobile_pushes', 'organization_type', 'plan', 'status'],
  ...['annual_revenue', 'rate', 'total_users', 'guest_users'],
];

/**
 * The usage table as CSV (RFC 4180), row by row as they come. What a spreadsheet would take for a formula begins with an apostrophe
 * (OWASP, CSV Injection): hosts, names and addresses are what servers say of themselves. Instants are ISO 8601, money is US dollars.
 *
 * @param failed hears of an error of the rows; the stream ends then without its end being announced
 */
export function usageCsv(parts: AsyncIterable<readonly EntryRow[]>, failed: (error: Error) => void): Readable {
  const records = stringify({ header: true, columns: HEADS, escape_formulas: true, record_delimiter: 'windows' });
  pipeline(Readable.from(recordsOf(parts), { objectMode: true }), records, (error) => {
    // Whoever stops reading does no harm.
    if (error && !isClosing(error)) failed(error);
  });
  return records;
}

async function* recordsOf(parts: AsyncIterable<readonly EntryRow[]>): AsyncGenerator<unknown[]> {
  for await (const rows of parts) for (const row of rows) yield recordOf(row);
}

function recordOf(row: EntryRow): unknown[] {
  const { plan, status, rate } = planTexts(row);
  const known = (text: string) => (text === '---' ? '' : text);
  return [
    ...[row.server_id, row.realm_id, row.created_at.toISOString(), row.realm_name, row.host, row.contact_email],
    ...[row.version, row.last_audit_log_update?.toISOString(), row.mobile_users, row.pushes, row.org_type_name],
    ...[known(plan), known(status), row.plans === 0 ? '' : ((row.revenue ?? 0) / 100).toFixed(2), known(rate)],
    ...[row.users, row.guests],
  ];
}

function isClosing(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
