import { realmUuid } from '../parts/population.js';

/** Rows of each list: as many as a server sends at once. */
export const ROWS = 10_000;

const PROPERTIES: readonly (readonly [string, string | null])[] = [
  ['messages_sent:is_bot:hour', 'false'],
  ['messages_sent:is_bot:hour', 'true'],
  ['messages_read::hour', null],
  ['messages_read_interactions::hour', null],
];

/** 2024-01-01T00:00:00Z. */
const START = 1_704_067_200;

/** The n-th count of a server, as the server sends it. */
export function countRow(n: number) {
  const [property, subgroup] = PROPERTIES[n % PROPERTIES.length] ?? ['', null];
  return {
    id: n + 1,
    property,
    subgroup,
    end_time: START + 3600 * Math.floor(n / PROPERTIES.length),
    value: 17 + (n % 100),
  };
}

/** The n-th event of a server. */
export function eventRow(n: number) {
  return {
    id: n + 1,
    realm: 2,
    event_time: START + n * 60 + 0.123456,
    backfilled: false,
    event_type: 101 + (n % 5),
    extra_data: { '10': { '11': { '100': 1, '200': 2, '300': 3, '400': 40 + (n % 50), '600': 5 }, '12': 4 } },
  };
}

const range = <Row>(row: (n: number) => Row) => Array.from({ length: ROWS }, (_, n) => row(n));

/** The body of a full upload; whole times are written as Zulip writes them, `5.0`. */
export function uploadBody(server: number): string {
  const text = (rows: object[]) => JSON.stringify(rows).replace(/("end_time":\d+)/g, '$1.0');
  const host = `chat${server}.example.com`;
  const realm = {
    id: 2,
    uuid: realmUuid(server),
    uuid_owner_secret: 'zuliprealm_bench',
    host,
    url: `https://${host}`,
    date_created: START,
    deactivated: false,
    name: 'Bench',
    org_type: 10,
    authentication_methods: { Email: true },
    is_system_bot_realm: false,
  };
  return new URLSearchParams({
    realm_counts: text(range((n) => ({ ...countRow(n), realm: 2 }))),
    installation_counts: text(range(countRow)),
    realmauditlog_rows: text(range(eventRow)),
    realms: JSON.stringify([realm]),
    version: '"11.2"',
    merge_base: '"11.0"',
    api_feature_level: '400',
  }).toString();
}
