import { describe, expect, it } from 'vitest';
import { checkWire } from '../../protocol/wire-parameters.decorator.js';
import { planUpdateForm, toPlanUpdate } from './plan-update-form.js';

const read = (form: Record<string, string>) => toPlanUpdate(checkWire(planUpdateForm, form, 'form'));

describe('a request to change a plan', () => {
  it('is read from JSON text', () => {
    expect(read({ status: '3', schedule: '1' })).toEqual({ status: 3, schedule: 1 });
    expect(read({ licenses: '30', licenses_at_next_renewal: '40' })).toEqual({
      licenses: 30,
      licensesAtNextRenewal: 40,
    });
    expect(read({ toggle_license_management: 'true' })).toEqual({ toggleLicenseManagement: true });
    expect(read({})).toEqual({});
  });

  it.each([
    ['status', '999', 'Invalid status'],
    ['status', '5', 'Invalid status'],
    ['status', '8', 'Invalid status'],
    ['status', '12', 'Invalid status'],
    ['status', 'active', 'status is not valid JSON'],
    ['status', '"1"', 'status is not an integer'],
    ['schedule', '3', 'Invalid schedule'],
    ['licenses', '1.5', 'licenses is not an integer'],
    ['licenses', '', 'licenses is not valid JSON'],
    ['licenses', '99999999999', 'licenses is out of range'],
    ['licenses_at_next_renewal', 'null', 'licenses_at_next_renewal is not an integer'],
    ['toggle_license_management', '1', 'toggle_license_management is not a boolean'],
  ])('71: is refused where %s is %s', (name, value, message) => {
    expect(() => read({ [name]: value })).toThrow(expect.objectContaining({ clientMessage: message, status: 400 }));
  });
});
