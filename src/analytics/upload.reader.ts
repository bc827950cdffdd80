import type { z } from 'zod';
import { AppError } from '../common/errors.js';
import type { FormFields } from '../protocol/form-body.js';
import type { Json } from '../protocol/json-text.js';
import { toWireError } from '../protocol/wire-issues.js';
import { checkWire } from '../protocol/wire-parameters.decorator.js';
import { SYNCED_EVENTS } from '../registration/audit/audit-event.js';
import type { ReportedEvent } from '../registration/audit/realm-audit.store.js';
import type { ReportedCount, ReportedRealmCount } from '../registration/counts/uploaded-counts.store.js';
import type { ReportedRealm } from '../registration/realms/reported-realm.js';
import type { ReportedVersion } from '../registration/uploads/reporting-server.js';
import type { CountProperties } from './count-properties.js';
import { markDecimals } from './decimal-marks.js';
import { extraDataText } from './extra-data.js';
import { listElements } from './json-list.js';
import { OrderedRows } from './ordered-rows.js';
import { RowFields } from './row-fields.js';
import type { Turns } from './turns.js';
import { type RealmElement, realmList, uploadVersion } from './upload.schemas.js';

/** What a server uploads: well-formed, but not yet compared with what is known of the server. */
export interface Upload {
  readonly realmCounts: OrderedRows<ReportedRealmCount>;
  readonly installationCounts: OrderedRows<ReportedCount>;
  /** Absent where the server sent no such list, which differs from an empty one. */
  readonly events?: ReportedEvents;
  /** Absent: nothing is said of realms. Empty: the server has none. */
  readonly realms?: readonly ReportedRealm[];
  readonly version: ReportedVersion;
}

/** Reported events. `malformed`: one carries extra data that nobody can read. */
export interface ReportedEvents {
  readonly list: OrderedRows<ReportedEvent>;
  readonly malformed: boolean;
}

/**
 * Reads the parameters of an upload, in turns, in the order in which the protocol examines them.
 *
 * @throws AppError for the first parameter that has not the right shape
 */
export async function readUpload(fields: FormFields, properties: CountProperties, turns: Turns): Promise<Upload> {
  const realmCounts = new OrderedRows<ReportedRealmCount>();
  const installationCounts = new OrderedRows<ReportedCount>();
  const offer = <Row extends ReportedCount>(rows: OrderedRows<Row>, row: Row) => {
    const { property } = row;
    const fate = properties.fate(property);
    const refusal = fate === 'refuse' ? new AppError('upload.property', { property }) : undefined;
    rows.offer(row.remoteId, fate === 'store' ? row : undefined, refusal);
  };
  await readRequired(fields, 'realm_counts', turns, (row) =>
    offer(realmCounts, { ...toCount(row), realmId: row.integer('realm') }),
  );
  await readRequired(fields, 'installation_counts', turns, (row) => offer(installationCounts, toCount(row)));
  const events = await readEvents(fields, turns);
  const realms = await readRealms(fields, turns);
  const version = readVersion(fields);
  return { realmCounts, installationCounts, ...(events ? { events } : {}), ...(realms ? { realms } : {}), version };
}

async function readEvents(fields: FormFields, turns: Turns): Promise<ReportedEvents | undefined> {
  const list = new OrderedRows<ReportedEvent>();
  let malformed = false;
  const sent = await readRows(fields, 'realmauditlog_rows', turns, (row) => {
    const event = {
      remoteId: row.integer('id'),
      realmId: row.integer('realm'),
      eventTime: row.time('event_time'),
      backfilled: row.flag('backfilled'),
      eventType: row.integer('event_type'),
    };
    const extraData = extraDataText(row.objectOrText('extra_data'));
    malformed ||= extraData === undefined;
    const refusal = SYNCED_EVENTS.has(event.eventType) ? undefined : new AppError('upload.event-type');
    list.offer(event.remoteId, { ...event, extraData: extraData ?? '{}' }, refusal);
  });
  return sent ? { list, malformed } : undefined;
}

async function readRealms(fields: FormFields, turns: Turns): Promise<ReportedRealm[] | undefined> {
  const realms: ReportedRealm[] = [];
  const sent = await readList(fields, 'realms', turns, undefined, (elements, start) => {
    const result = realmList.safeParse(elements);
    if (!result.success) throw realmError(start, elements, result.error.issues[0] as z.core.$ZodIssue);
    realms.push(...result.data.map(toRealm));
  });
  return sent ? realms : undefined;
}

function readVersion(fields: FormFields): ReportedVersion {
  const { version, merge_base: mergeBase, api_feature_level: level } = checkWire(uploadVersion, fields, 'form');
  return {
    // By characters, not by UTF-16 units: half a character cannot be stored.
    version: version === undefined ? null : [...version.slice(0, 256)].slice(0, 128).join(''),
    mergeBase: mergeBase ?? null,
    apiFeatureLevel: level ?? null,
  };
}

async function readRequired(
  fields: FormFields,
  name: string,
  turns: Turns,
  take: (row: RowFields) => void,
): Promise<void> {
  if (!(await readRows(fields, name, turns, take))) throw new AppError('params.missing', { name }, { var_name: name });
}

function readRows(fields: FormFields, name: string, turns: Turns, take: (row: RowFields) => void): Promise<boolean> {
  return readList(fields, name, turns, markDecimals, (elements, start) => {
    for (const [i, element] of elements.entries()) take(new RowFields(element, name, start + i));
  });
}

/** Reads a list; answers whether it was sent. Text that is not JSON to its end is told before whatever is wrong inside. */
async function readList(
  fields: FormFields,
  name: string,
  turns: Turns,
  prepare: ((elements: string) => string) | undefined,
  take: (elements: Json[], start: number) => void,
): Promise<boolean> {
  const text = fields[name];
  if (text === undefined) return false;
  let index = 0;
  let problem: unknown;
  for await (const elements of listElements(text, name, turns, prepare)) {
    if (!problem) {
      try {
        take(elements, index);
      } catch (error) {
        problem = error;
      }
    }
    index += elements.length;
  }
  if (problem) throw problem;
  return true;
}

/** Words an issue of some realms by their place in the whole list. */
function realmError(start: number, elements: Json[], issue: z.core.$ZodIssue): AppError {
  const [within = 0, ...rest] = issue.path;
  const index = start + Number(within);
  const input = { realms: { [index]: elements[Number(within)] } };
  return toWireError({ ...issue, path: ['realms', index, ...rest] }, 'form', input);
}

function toCount(row: RowFields): ReportedCount {
  return {
    property: row.text('property'),
    remoteId: row.integer('id'),
    endTime: row.time('end_time'),
    subgroup: row.textOrNull('subgroup', 16),
    value: row.integer('value'),
  };
}

function toRealm(element: RealmElement): ReportedRealm {
  return {
    id: element.id,
    uuid: element.uuid,
    ownerSecret: element.uuid_owner_secret,
    dateCreated: element.date_created,
    attributes: {
      host: element.host,
      org_type: element.org_type,
      name: element.name,
      authentication_methods: element.authentication_methods,
      realm_deactivated: element.deactivated,
      is_system_bot_realm: element.is_system_bot_realm,
    },
  };
}
