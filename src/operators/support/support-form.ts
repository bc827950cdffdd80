import { AppError } from '../../common/errors.js';
import { refusal } from '../../plans/catalogue/refusals.js';
import { TIER } from '../../plans/catalogue/tiers.js';
import type { FormFields } from '../../protocol/form-body.js';
import type { Registrant } from '../../registration/registrants/registrant.js';

/** What an operator wants done. */
export type SupportAction =
  | { readonly kind: 'approve-sponsorship' }
  | { readonly kind: 'sponsorship-pending'; readonly pending: boolean }
  | { readonly kind: 'discounted-prices'; readonly monthly: number; readonly annual: number }
  | { readonly kind: 'minimum-licenses'; readonly licenses: number }
  | { readonly kind: 'required-tier'; readonly tier: number | null }
  | { readonly kind: 'fixed-price'; readonly cents: number; readonly invoiceId: string | undefined }
  | { readonly kind: 'complimentary-access'; readonly until: Date }
  | { readonly kind: 'modality'; readonly chargeAutomatically: boolean }
  | { readonly kind: 'plan-end'; readonly endsAt: Date }
  | { readonly kind: 'downgrade'; readonly how: 'at-cycle-end' | 'now' | 'now-and-void' }
  /** To Business, at once. */
  | { readonly kind: 'tier-upgrade' }
  | { readonly kind: 'remove-fixed-price' }
  | { readonly kind: 'server-status'; readonly isActive: boolean; readonly reason: DeactivationReason }
  /** The contact of the server gets a link by which to end its registration. */
  | { readonly kind: 'deactivation-link'; readonly minutes: number };

export type DeactivationReason = 'owner_request' | 'tos_violation';

/** For whom, and what. */
export interface SupportRequest {
  readonly holder: Registrant;
  readonly action: SupportAction;
}

const PLAN_CHANGES: Readonly<Record<string, SupportAction>> = {
  downgrade_at_billing_cycle_end: { kind: 'downgrade', how: 'at-cycle-end' },
  downgrade_now_without_additional_licenses: { kind: 'downgrade', how: 'now' },
  downgrade_now_void_open_invoices: { kind: 'downgrade', how: 'now-and-void' },
  upgrade_plan_tier: { kind: 'tier-upgrade' },
};

/** A link to end a registration is good for a week at most. */
const LONGEST_LINK_MINUTES = 7 * 24 * 60;

/**
 * Reads a form of the support page. Where it names several actions, the first in the order of this list is done, and the others are
 * left alone.
 *
 * @throws AppError 400 for a value that is malformed, a target that is none, or no action at all; `billing.refused` where one of the two
 *   discounted prices is missing
 */
export function readSupportForm(fields: FormFields): SupportRequest {
  const holder = target(fields);
  const action = readers.reduce<SupportAction | undefined>((found, read) => found ?? read(fields, holder), undefined);
  if (!action) throw new AppError('params.missing', { name: 'modify_plan' });
  return { holder, action };
}

function target(fields: FormFields): Registrant {
  const { remote_realm_id: realmId, remote_server_id: serverId } = fields;
  if (realmId !== undefined && serverId !== undefined)
    throw new AppError('params.not-allowed', { name: 'remote_realm_id' });
  if (realmId !== undefined) return { realmId: id(realmId, 'remote_realm_id') };
  if (serverId !== undefined) return { serverId: id(serverId, 'remote_server_id') };
  throw new AppError('params.missing', { name: 'remote_server_id' });
}

type Reader = (fields: FormFields, holder: Registrant) => SupportAction | undefined;

const readers: readonly Reader[] = [
  ({ approve_sponsorship: text }) => {
    if (text === undefined) return undefined;
    return one(text, 'approve_sponsorship', { true: { kind: 'approve-sponsorship' } });
  },
  ({ sponsorship_pending: text }) => {
    if (text === undefined) return undefined;
    const pending = one(text, 'sponsorship_pending', { true: true, false: false });
    return { kind: 'sponsorship-pending', pending };
  },
  ({ monthly_discounted_price: monthly, annual_discounted_price: annual }) => {
    if (monthly === undefined && annual === undefined) return undefined;
    if (monthly === undefined || annual === undefined) throw refusal('price-missing');
    const cents = {
      monthly: whole(monthly, 'monthly_discounted_price'),
      annual: whole(annual, 'annual_discounted_price'),
    };
    return { kind: 'discounted-prices', ...cents };
  },
  ({ minimum_licenses: text }) => {
    return text === undefined ? undefined : { kind: 'minimum-licenses', licenses: whole(text, 'minimum_licenses') };
  },
  ({ required_plan_tier: text }) => {
    if (text === undefined) return undefined;
    const choices = { 0: null, [TIER.basic]: TIER.basic, [TIER.business]: TIER.business };
    return { kind: 'required-tier', tier: one<number | null>(text, 'required_plan_tier', choices) };
  },
  ({ fixed_price: text, sent_invoice_id: invoice }) => {
    if (text === undefined) return undefined;
    return { kind: 'fixed-price', cents: whole(text, 'fixed_price') * 100, invoiceId: invoice?.trim() || undefined };
  },
  ({ complimentary_access_plan: text }) => {
    return text === undefined
      ? undefined
      : { kind: 'complimentary-access', until: day(text, 'complimentary_access_plan') };
  },
  ({ billing_modality: text }) => {
    if (text === undefined) return undefined;
    const choices = { charge_automatically: true, send_invoice: false };
    return { kind: 'modality', chargeAutomatically: one(text, 'billing_modality', choices) };
  },
  ({ plan_end_date: text }) => {
    return text === undefined ? undefined : { kind: 'plan-end', endsAt: day(text, 'plan_end_date') };
  },
  ({ modify_plan: text }) => {
    return text === undefined ? undefined : one(text, 'modify_plan', PLAN_CHANGES);
  },
  ({ delete_fixed_price_next_plan: text }) => {
    if (text === undefined) return undefined;
    return one(text, 'delete_fixed_price_next_plan', { true: { kind: 'remove-fixed-price' } });
  },
  ({ remote_server_status: text, deactivation_reason: why = 'owner_request' }, holder) => {
    if (text === undefined) return undefined;
    const isActive = one(text, 'remote_server_status', { active: true, deactivated: false });
    const reasons = { owner_request: 'owner_request', tos_violation: 'tos_violation' } as const;
    const reason = one<DeactivationReason>(why, 'deactivation_reason', reasons);
    onlyForServers(holder);
    return { kind: 'server-status', isActive, reason };
  },
  ({ deactivation_link_minutes: text }, holder) => {
    if (text === undefined) return undefined;
    const minutes = whole(text, 'deactivation_link_minutes');
    if (minutes < 1 || minutes > LONGEST_LINK_MINUTES) {
      throw new AppError('params.out-of-range', { name: 'deactivation_link_minutes' });
    }
    onlyForServers(holder);
    return { kind: 'deactivation-link', minutes };
  },
];

function onlyForServers(holder: Registrant): void {
  if (!('serverId' in holder)) throw new AppError('params.missing', { name: 'remote_server_id' });
}

function one<T>(text: string, name: string, choices: Readonly<Record<string, T>>): T {
  if (!Object.hasOwn(choices, text)) throw new AppError('params.not-allowed', { name });
  return choices[text] as T;
}

/** A whole number that is not negative, of at most nine digits. */
function whole(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text.trim()))
    throw new AppError('params.not-of-type', { name, type: 'a non-negative integer' });
  return Number(text);
}

function id(text: string, name: string): string {
  if (!/^[1-9]\d{0,17}$/.test(text)) throw new AppError('params.not-of-type', { name, type: 'an integer' });
  return text;
}

/** The beginning of a day, UTC. */
function day(text: string, name: string): Date {
  const date = new Date(`${text}T00:00:00Z`);
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
  if (!isDay) throw new AppError('params.not-of-type', { name, type: 'a date' });
  return date;
}
