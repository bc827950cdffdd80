import { describe, expect, it } from 'vitest';
import { MailTemplates } from './mail-templates.js';
import { MAIL_KINDS, type MailKind, type MailValues } from './mail-values.js';

const supportUrl = 'https://push.zulip.test/activity/remote/support/';
const name = 'chat.zulip.test <b>&';

const VALUES: { readonly [K in MailKind]: MailValues[K] } = {
  'confirm-log-in': { name, url: 'https://push.zulip.test/confirm/abc', hours: 24, support: 'help@zulip.test' },
  'log-in-link': { name, url: 'https://push.zulip.test/confirm/abc', hours: 24, support: 'help@zulip.test' },
  'deactivation-link': { name, url: 'https://push.zulip.test/confirm/abc', life: '1 hour', support: 'help@zulip.test' },
  'invoice-email-change': {
    name,
    url: 'https://push.zulip.test/confirm/abc',
    hours: 24,
    support: 'help@zulip.test',
  },
  'billing-drift': { name, differences: 3, findings: '2 customers that Stripe does not know any more' },
  'sponsorship-requested': {
    name,
    requestedBy: 'ann@zulip.test',
    organizationType: 'Open-source project',
    website: 'https://zulip.test',
    description: 'We <3 chat',
    expectedUsers: '20',
    plan: 'Community',
    supportUrl,
  },
  'community-plan-approved': { name, support: 'help@zulip.test' },
  'license-discrepancy': { name, paidLicenses: 25, usedLicenses: 20, supportUrl },
  'stale-audit-data': { name, plan: 'Zulip Basic', invoicingDelayed: true, lastUpload: 'never', supportUrl },
  'fixed-price-plan-ending': { name, endDate: '2026-01-02', supportUrl },
  'paid-realm-disappeared': { name, plan: 'Zulip Basic', supportUrl },
  'invoice-event-failed': { name, problem: 'already subscribed', invoice: 'in_1', supportUrl },
};

describe('mail templates', () => {
  const templates = new MailTemplates();

  it.each([...MAIL_KINDS])(
    '%s has a subject on one line that names the customer, and every value in both parts',
    (kind) => {
      const { subject, text, html } = templates.render(kind, VALUES[kind]);
      expect(subject).toContain(name);
      expect(subject).not.toMatch(/\n/);
      for (const [key, value] of Object.entries(VALUES[kind])) {
        if (typeof value === 'boolean' || key === 'name') continue;
        expect(subject + text).toContain(String(value));
      }
      expect(html).toContain('chat.zulip.test &lt;b&gt;&amp;');
      expect(html).not.toContain('<b>');
      expect(html).toMatch(/^<!doctype html>/);
    },
  );

  it('keeps line breaks in values out of the subject', () => {
    const { subject } = templates.render('fixed-price-plan-ending', {
      name: 'a\r\nBcc: b@zulip.test',
      endDate: '2026-01-02',
      supportUrl,
    });
    expect(subject).toBe('Fixed-price plan of a Bcc: b@zulip.test ends on 2026-01-02');
  });

  it('says whether invoicing waits', () => {
    const values = VALUES['stale-audit-data'];
    expect(templates.render('stale-audit-data', values).text).toContain('The invoice waits');
    const fixed = templates.render('stale-audit-data', { ...values, invoicingDelayed: false });
    expect(fixed.text).toContain('invoiced all the same');
  });

  it('refuses to write a mail with a value missing', () => {
    const incomplete = { name } as MailValues['log-in-link'];
    expect(() => templates.render('log-in-link', incomplete)).toThrow(/not defined/);
  });
});
