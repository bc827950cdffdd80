/** One column of the usage table: how it is called, what it is sorted by, and whether it holds numbers. */
export interface UsageColumn {
  readonly key: string;
  readonly label: string;
  /** SQL over the columns of `ENTRIES` (`usage-sql.ts`). */
  readonly order: string;
  readonly isNumber: boolean;
}

const column = (key: string, label: string, order: string, isNumber = false): UsageColumn => ({
  key,
  label,
  order,
  isNumber,
});

/** The columns in their order. `order` never comes from outside. */
export const USAGE_COLUMNS = [
  column('ids', 'IDs', 'server_id'),
  column('created', 'Date created', 'created_at'),
  column('realm', 'Organization', 'lower(realm_name)'),
  column('host', 'Organization host or server hostname', 'lower(host)'),
  column('email', 'Server contact email', 'lower(contact_email)'),
  column('version', 'Server version', 'version'),
  column('uploaded', 'Last audit log update (UTC)', 'last_audit_log_update'),
  column('mobile', 'Mobile users', 'mobile_users', true),
  column('pushes', 'Mobile pushes', 'pushes', true),
  column('type', 'Organization type', 'org_type_name'),
  column('plan', 'Plan', 'plan_tier'),
  column('status', 'Status', 'plan_status'),
  column('arr', 'ARR', 'revenue', true),
  column('rate', 'Rate', 'rate', true),
  column('users', 'Total users', 'users', true),
  column('guests', 'Guest users', 'guests', true),
] as const;

/** What can be sorted by; `server`: the mobile users of the whole server, so that its organizations stand together. */
export type UsageSort = 'server' | (typeof USAGE_COLUMNS)[number]['key'];

/** How the table is sorted. */
export interface UsageOrder {
  readonly by: string;
  readonly descending: boolean;
}

/** The busiest servers first. */
export const DEFAULT_ORDER: UsageOrder = { by: 'server', descending: true };

/** The ORDER BY of an order. What is not known stands last either way. @throws Error for a column that does not exist */
export function orderBy({ by, descending }: UsageOrder): string {
  const key = by === 'server' ? 'server_mobile_users' : USAGE_COLUMNS.find(({ key }) => key === by)?.order;
  if (!key) throw new Error(`there is no column ${by}`);
  return `${key} ${descending ? 'DESC' : 'ASC'} NULLS LAST, server_id, realm_id`;
}

/** Whether the table can be sorted by it. */
export function isColumn(by: string): boolean {
  return by === 'server' || USAGE_COLUMNS.some(({ key }) => key === by);
}
