import { z } from 'zod';
import type { Json } from '../protocol/json-text.js';
import { canonicalUuid, fail, int64, integer, isJsonObject, jsonField } from '../protocol/wire-types.js';
import { unixTime } from './unix-time.js';

const ORG_TYPES = new Set([0, 10, 20, 30, 35, 40, 50, 60, 70, 80, 90, 100, 1000]);

const orgType = z
  .custom<Json>(() => true)
  .transform((value, ctx): number => {
    if (typeof value === 'number' && ORG_TYPES.has(value)) return value;
    if (typeof value !== 'number' && typeof value !== 'bigint') return fail(ctx, { wire: 'type', type: 'an integer' });
    return fail(ctx, { wire: 'value', detail: 'Not a valid org_type value' });
  })
  .meta({ type: 'integer', enum: [...ORG_TYPES] });

const UUID_V4 = /^.{14}4.{4}[89ab]/;

const realmUuid = z
  .string()
  .transform((value, ctx): string => {
    const uuid = canonicalUuid(value);
    return uuid && UUID_V4.test(uuid) ? uuid : fail(ctx, { wire: 'value', detail: 'Not a valid version 4 UUID' });
  })
  .meta({ type: 'string', format: 'uuid' });

const authenticationMethods = z
  .custom<Json>(() => true)
  .transform((value, ctx): Record<string, boolean> => {
    if (!isJsonObject(value)) return fail(ctx, { wire: 'type', type: 'a dict' });
    const odd = Object.entries(value).find(([, enabled]) => typeof enabled !== 'boolean');
    if (!odd) return value as Record<string, boolean>;
    ctx.addIssue({ code: 'custom', params: { wire: 'type', type: 'a boolean' }, path: [odd[0]], input: odd[1] });
    return z.NEVER;
  })
  .meta({ type: 'object', additionalProperties: { type: 'boolean' } });

/** Closed: a key that nobody knows is an error (docs/protocol.md, Analytics). */
const realm = z.strictObject({
  id: int64().describe("The server's number of the organization"),
  uuid: realmUuid.describe('UUID of the organization, version 4; unique over all servers'),
  uuid_owner_secret: z.string().describe('Proof of ownership; kept when the organization is first uploaded'),
  host: z.string().describe("Host name of the organization's address"),
  url: z.string().describe('Address of the organization; not kept'),
  date_created: unixTime().describe('When the organization was made: Unix seconds'),
  deactivated: z.boolean().describe('Whether the organization is deactivated on its server'),
  name: z.string().default('').describe('Name of the organization'),
  org_type: orgType.default(0).describe('Kind of the organization; 0: unspecified'),
  authentication_methods: authenticationMethods.default({}).describe('Ways to log in, and whether each is on'),
  is_system_bot_realm: z.boolean().default(false).describe("Whether it is the server's internal one"),
});

/** The list of a server's realms, or a part of it. */
export const realmList = z.array(realm);

/** The other parameters of an upload. */
export const uploadVersion = z.object({
  version: jsonField(z.string()).optional().describe('JSON string: Zulip version'),
  merge_base: jsonField(z.string().max(128)).optional().describe('JSON string: the commit it was built from'),
  api_feature_level: jsonField(integer(0)).optional().describe("The server's API feature level; from 8.0 on"),
});

const int = (description: string) => z.int().meta({ format: 'int64', description });
const seconds = (description: string) => z.number().describe(`${description}: Unix seconds`);
const rowId = () => int("The server's number of the row; ascending");
const realmId = () => int("The server's number of the organization");

const installationCount = z.object({
  id: rowId(),
  property: z.string().describe('Name of the statistic'),
  subgroup: z.string().max(16).nullable().describe('Part of the statistic, or null'),
  end_time: seconds('End of the counted interval'),
  value: int('What was counted'),
});

const event = z.object({
  id: rowId(),
  realm: realmId(),
  event_time: seconds('When it happened'),
  backfilled: z.boolean().describe('Whether the time is only the latest possible one'),
  event_type: int('What happened, of the types that are synchronized'),
  extra_data: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('User counts by role after the event; older servers send it as JSON text'),
});

/** The whole form, for its description only: the lists are long, and read piece by piece (`upload.reader.ts`). */
export const uploadForm = z.object({
  realm_counts: z
    .array(installationCount.extend({ realm: realmId() }))
    .describe('JSON list: statistics of organizations'),
  installation_counts: z.array(installationCount).describe('JSON list: statistics of the whole server'),
  realmauditlog_rows: z.array(event).optional().describe('JSON list: changes of users; sent even when empty'),
  realms: realmList.optional().describe('JSON list: all organizations of the server; from 8.0 on'),
  ...uploadVersion.shape,
});

export type RealmElement = z.output<typeof realm>;
