import { tierName } from '../../plans/catalogue/tiers.js';
import { count, money } from '../../sessions/pages/formats.js';
import { planTexts, statusName } from './plan-texts.js';
import { PAGE_ROWS, type UsagePage } from './usage.read-model.js';
import { USAGE_COLUMNS } from './usage-columns.js';
import { type UsageQuery, usageAddress } from './usage-query.js';
import { STATUS_CHOICES, TIER_CHOICES } from './usage-selection.js';
import type { EntryRow } from './usage-sql.js';

export const TABLE_PATH = '/activity/remote';
export const CSV_PATH = '/activity/remote.csv';

/** What the template of the usage table shows. */
export function usageView({ rows, totals }: UsagePage, query: UsageQuery, staleBefore: Date): object {
  const pages = Math.max(1, Math.ceil(totals.rows / PAGE_ROWS));
  const first = query.page * PAGE_ROWS;
  const at = (page: number) => usageAddress(TABLE_PATH, query, { page });
  return {
    columns: USAGE_COLUMNS.map((column) => headOf(column, query)),
    rows: rows.map((row) => viewOf(row, staleBefore)),
    totals: { ...totals, revenue: money(totals.revenue) },
    countedAt: totals.counted_at,
    shown: rows.length === 0 ? '' : `${count(first + 1)} to ${count(first + rows.length)} of `,
    previous: query.page > 0 ? at(Math.min(query.page, pages) - 1) : undefined,
    next: query.page + 1 < pages ? at(query.page + 1) : undefined,
    csv: usageAddress(CSV_PATH, query, { page: 0 }),
    filters: filtersOf(query),
    isFiltered: Object.keys(query.selection).length > 0,
    path: TABLE_PATH,
  };
}

/** A head that sorts by its column: numbers the largest first; asked again, the other way round. */
function headOf({ key, label, isNumber }: (typeof USAGE_COLUMNS)[number], query: UsageQuery): object {
  const { by, descending } = query.order;
  const isSorted = by === key || (by === 'server' && key === 'mobile');
  const order = { by: key, descending: by === key ? !descending : isNumber };
  return {
    label,
    isNumber,
    sorted: isSorted ? (descending ? 'descending' : 'ascending') : undefined,
    address: usageAddress(TABLE_PATH, query, { order, page: 0 }),
  };
}

function viewOf(row: EntryRow, staleBefore: Date): object {
  const { server_id, realm_id, server_host, last_audit_log_update: uploadedAt } = row;
  return {
    ...row,
    ...planTexts(row),
    isBroken: row.plans > 1,
    ids: realm_id === null ? server_id : `${server_id}/${realm_id}`,
    created: row.created_at.toISOString().slice(0, 10),
    uploaded: uploadedAt === null ? '' : uploadedAt.toISOString().slice(0, 16).replace('T', ' '),
    isStale: uploadedAt === null || uploadedAt < staleBefore,
    charts:
      realm_id === null ? `/stats/remote/${server_id}/installation` : `/stats/remote/${server_id}/realm/${realm_id}`,
    support: `/activity/remote/support?${new URLSearchParams({ q: server_host })}`,
  };
}

function filtersOf({ selection, order }: UsageQuery): object {
  return {
    plans: TIER_CHOICES.map((tier) => ({
      value: tier,
      label: tier === 0 ? 'No plan' : tierName(tier),
      chosen: selection.tier === tier,
    })),
    statuses: STATUS_CHOICES.map((status) => ({
      value: status,
      label: statusName(status),
      chosen: selection.status === status,
    })),
    ...selection,
    order: order.by === 'server' ? undefined : { by: order.by, dir: order.descending ? 'desc' : 'asc' },
  };
}
