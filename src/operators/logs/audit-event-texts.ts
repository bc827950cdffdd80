import { SYNCED_EVENTS } from '../../registration/audit/audit-event.js';

/** What happened, by the number of the event: reported by servers, written by billing, and by registration. */
const NAMES: Readonly<Record<number, string>> = {
  101: 'User created',
  102: 'User activated',
  103: 'User deactivated',
  104: 'User reactivated',
  105: 'Role of a user changed',
  201: 'Organization deactivated',
  202: 'Organization reactivated',
  229: 'Organization imported',
  401: 'Stripe customer created',
  402: 'Card changed',
  502: 'Plan created',
  503: 'Switched to annual billing',
  504: 'Switched to monthly billing',
  505: 'Customer property changed',
  506: 'Plan property changed',
  10201: 'Server deactivated',
  10202: 'Server reactivated',
  10204: 'Plan type changed',
  10209: 'Discount changed',
  10210: 'Sponsorship approved',
  10211: 'Payment method changed',
  10213: 'Sponsorship pending flag changed',
  10215: 'Server registered',
  10216: 'Registration transferred',
  10217: 'Deactivation link sent',
  20001: 'Organization attribute changed',
  20002: 'Plan moved from server to organization',
  20003: 'Organization locally deleted',
  20004: 'Organization restored',
};

/** Zulip's numbers of roles. */
export const ROLES: readonly (readonly [key: string, name: string])[] = [
  ['100', 'owners'],
  ['200', 'administrators'],
  ['300', 'moderators'],
  ['400', 'members'],
  ['600', 'guests'],
];

const LONGEST = 400;

/** What happened, in words. */
export function eventName(eventType: number): string {
  return NAMES[eventType] ?? `Event ${eventType}`;
}

type Extra = Readonly<Record<string, unknown>>;

/** How many people of each role there were then; undefined for an event that tells no counts. */
export function roleCounts(eventType: number, extra: Extra): string | undefined {
  if (!SYNCED_EVENTS.has(eventType)) return undefined;
  const roles = at(at(extra, '10'), '11');
  if (!isObject(roles)) return 'N/A';
  const counts = ROLES.filter(([key]) => roles[key] !== undefined && roles[key] !== 0);
  return counts.map(([key, name]) => `${String(roles[key])} ${name}`).join(', ') || 'nobody';
}

/** What changed: old and new values where there are such, and whatever else was noted. */
export function eventDetail(eventType: number, extra: Extra): string {
  if (SYNCED_EVENTS.has(eventType)) return '';
  const pairs: string[] = [];
  const shown = new Set<string>();
  for (const [key, value] of Object.entries(extra)) {
    const [, before = '', after = ''] = /^(.*?)old_(.*)$/.exec(key) ?? [];
    const newKey = `${before}new_${after}`;
    if (!key.includes('old_') || !(newKey in extra)) continue;
    const what = after === 'value' ? String(extra['property'] ?? extra['attr_name'] ?? 'value') : after;
    pairs.push(`${what}: ${text(value)} → ${text(extra[newKey])}`);
    for (const used of [key, newKey, ...(after === 'value' ? ['property', 'attr_name'] : [])]) shown.add(used);
  }
  for (const [key, value] of Object.entries(extra)) {
    if (!shown.has(key) && value !== null) pairs.push(`${key}: ${text(value)}`);
  }
  const all = pairs.join('; ');
  return all.length > LONGEST ? `${all.slice(0, LONGEST)}…` : all;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function at(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
