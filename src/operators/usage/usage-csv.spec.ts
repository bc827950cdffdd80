import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { usageCsv } from './usage-csv.js';
import type { EntryRow } from './usage-sql.js';

const ROW: EntryRow = {
  ...{ server_id: '7', realm_id: null, server_host: 'h.example', contact_email: 'a@example.org', version: '11.2' },
  ...{ last_audit_log_update: new Date('2026-11-25T10:00:00Z'), created_at: new Date('2025-01-02T03:04:05Z') },
  ...{ realm_name: '', host: 'h.example', org_type_name: '', mobile_users: 3, pushes: 40, users: 12, guests: 1 },
  ...{ plans: 0, plan_tier: null, plan_status: null, revenue: null, rate: null, is_fixed: null },
};

async function* parts(...rows: Partial<EntryRow>[]): AsyncGenerator<EntryRow[]> {
  for (const row of rows) yield [{ ...ROW, ...row }];
}

const lines = async (...rows: Partial<EntryRow>[]) =>
  (await text(usageCsv(parts(...rows), () => undefined))).split('\r\n').slice(1, -1);

it('a row has instants as ISO 8601, dollars with cents, and nothing where there is no plan', async () => {
  const plan = { plans: 1, plan_tier: [104], plan_status: [1], revenue: 123_450, rate: 87.5, is_fixed: false };
  expect(await lines({}, plan)).toEqual([
    '7,,2025-01-02T03:04:05.000Z,,h.example,a@example.org,11.2,2026-11-25T10:00:00.000Z,3,40,,,,,,12,1',
    '7,,2025-01-02T03:04:05.000Z,,h.example,a@example.org,11.2,2026-11-25T10:00:00.000Z,3,40,,Business,Active,1234.50,87.50%,12,1',
  ]);
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('a name %j is no formula', async (name) => {
  const [line = ''] = await lines({ realm_name: name });
  expect(line.split(',')[3]?.replace(/^"/, '').startsWith("'")).toBe(true);
});

it('rows that fail break it off, and the error is heard of', async () => {
  const heard: unknown[] = [];
  async function* broken(): AsyncGenerator<EntryRow[]> {
    yield [ROW];
    throw new Error('the database is gone');
  }
  await expect(text(usageCsv(broken(), (error) => heard.push(error.message)))).rejects.toThrow();
  expect(heard).toEqual(['the database is gone']);
});

it('who stops reading early ends the rows, and nothing is said', async () => {
  let ended = false;
  const heard: unknown[] = [];
  async function* endless(): AsyncGenerator<EntryRow[]> {
    try {
      for (;;) yield [ROW];
    } finally {
      ended = true;
    }
  }
  const csv = usageCsv(endless(), (error) => heard.push(error));
  await new Promise<void>((resolve) => csv.once('data', () => resolve()));
  csv.destroy();
  await expect.poll(() => ended).toBe(true);
  expect(heard).toEqual([]);
});
