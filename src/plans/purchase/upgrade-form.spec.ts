import { describe, expect, it } from 'vitest';
import { checkWire } from '../../protocol/wire-parameters.decorator.js';
import { purchaseReply, toPurchaseRequest, upgradeForm } from './upgrade-form.js';

const GIVEN = { billing_modality: 'charge_automatically', schedule: 'monthly', signed_seat_count: '25:x', salt: 's' };
const read = (form: Record<string, string>) =>
  toPurchaseRequest(checkWire(upgradeForm, { ...GIVEN, ...form }, 'form'), 'ann@zulip.test');

describe('a purchase', () => {
  it('is Business by the month from now on, unless it says otherwise', () => {
    expect(read({})).toEqual({
      ...{ tier: 104, schedule: 2, chargeAutomatically: true, management: undefined, licenses: undefined },
      ...{ signedUsers: '25:x', salt: 's', startsAtPlanEnd: false, email: 'ann@zulip.test' },
    });
    const all = {
      billing_modality: 'send_invoice',
      schedule: 'annual',
      license_management: 'manual',
      licenses: '40',
      tier: '103',
      remote_server_plan_start_date: 'billing_cycle_end_date',
    };
    expect(read(all)).toMatchObject({
      ...{ tier: 103, schedule: 1, chargeAutomatically: false, management: 'manual', licenses: 40 },
      startsAtPlanEnd: true,
    });
    expect(read({ remote_server_plan_start_date: 'tomorrow' }).startsAtPlanEnd).toBe(false);
  });

  it.each([
    [{ billing_modality: 'cash' }, 'Invalid billing_modality'],
    [{ schedule: 'daily' }, 'Invalid schedule'],
    [{ license_management: 'none' }, 'Invalid license_management'],
    [{ tier: '1' }, 'Invalid tier'],
    [{ tier: 'Basic' }, 'tier is not valid JSON'],
    [{ licenses: '-99999999999' }, 'licenses is out of range'],
  ])('is refused where it says %o', (form, message) => {
    expect(() => read(form)).toThrow(expect.objectContaining({ clientMessage: message, status: 400 }));
  });

  it('is refused where something is missing', () => {
    const { salt: _, ...rest } = GIVEN;
    expect(() => checkWire(upgradeForm, rest, 'form')).toThrow(
      expect.objectContaining({ clientMessage: "Missing 'salt' argument" }),
    );
  });

  it('is answered with its invoice, or with success', () => {
    expect(purchaseReply({ kind: 'invoice', stripeInvoiceId: 'in_1' })).toEqual({ stripe_invoice_id: 'in_1' });
    expect(purchaseReply({ kind: 'trial' })).toEqual({ organization_upgrade_successful: true });
    expect(purchaseReply({ kind: 'scheduled' })).toEqual({ organization_upgrade_successful: true });
  });
});
