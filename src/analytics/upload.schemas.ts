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
  id: int64(),
  uuid: realmUuid,
  uuid_owner_secret: z.string(),
  host: z.string(),
  url: z.string(),
  date_created: unixTime(),
  deactivated: z.boolean(),
  name: z.string().default(''),
  org_type: orgType.default(0),
  authentication_methods: authenticationMethods.default({}),
  is_system_bot_realm: z.boolean().default(false),
});

/** The list of a server's realms, or a part of it. */
export const realmList = z.array(realm);

/** The other parameters of an upload. */
export const uploadVersion = z.object({
  version: jsonField(z.string()).optional().describe('JSON string: Zulip version'),
  merge_base: jsonField(z.string().max(128)).optional(),
  api_feature_level: jsonField(integer(0)).optional(),
});

const int = z.int().meta({ format: 'int64' });
const seconds = z.number().describe('Unix seconds');

const installationCount = z.object({
  id: int,
  property: z.string(),
  subgroup: z.string().max(16).nullable(),
  end_time: seconds,
  value: int,
});

const event = z.object({
  id: int,
  realm: int,
  event_time: seconds,
  backfilled: z.boolean(),
  event_type: int,
  extra_data: z.record(z.string(), z.unknown()).nullable(),
});

/** The whole form, for its description only: the lists are long, and read piece by piece (`upload.reader.ts`). */
export const uploadForm = z.object({
  realm_counts: z.array(installationCount.extend({ realm: int })),
  installation_counts: z.array(installationCount),
  realmauditlog_rows: z.array(event).optional(),
  realms: realmList.optional(),
  ...uploadVersion.shape,
});

export type RealmElement = z.output<typeof realm>;
