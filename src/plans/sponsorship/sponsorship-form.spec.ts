import { describe, expect, it } from 'vitest';
import { readSponsorshipForm } from './sponsorship-form.js';

const GIVEN = {
  organization_type: '20',
  website: 'zulip.test',
  description: 'We write software',
  expected_total_users: 'about 40',
  plan_to_use_zulip: 'To talk',
  paid_users_count: 'none',
  requested_plan: 'Community',
};

const problemsOf = (fields: Record<string, string>) => {
  const read = readSponsorshipForm({ ...GIVEN, ...fields });
  return read.ok ? {} : read.problems;
};

describe('a request for sponsorship', () => {
  it('is read with https before its website, and what is optional may be missing', () => {
    expect(readSponsorshipForm(GIVEN)).toEqual({
      ok: true,
      form: {
        ...{ orgType: 20, orgTypeName: 'Open-source project', orgWebsite: 'https://zulip.test' },
        ...{ orgDescription: 'We write software', expectedTotalUsers: 'about 40', planToUse: 'To talk' },
        ...{ paidUsersCount: 'none', paidUsersDescription: '', requestedPlan: 'Community' },
      },
    });
    const { website: _, requested_plan: __, ...least } = GIVEN;
    expect(readSponsorshipForm(least)).toMatchObject({ ok: true, form: { orgWebsite: '', requestedPlan: '' } });
  });

  it('76: tells of every field what is wrong with it, and all at once', () => {
    const read = readSponsorshipForm({});
    expect(read).toEqual({
      ok: false,
      problems: {
        organization_type: 'Please choose the type of your organization.',
        description: 'Please describe your organization.',
        expected_total_users: 'Please say how many users you expect.',
        plan_to_use_zulip: 'Please say how you plan to use Zulip.',
        paid_users_count: 'Please say how many paid staff you have.',
      },
      message: expect.stringMatching(/^Please choose the type.*staff you have\.$/),
    });
    expect(Object.keys(problemsOf({ plan_to_use_zulip: '  ' }))).toEqual(['plan_to_use_zulip']);
  });

  it.each([
    'not a url',
    'ftp://zulip.test',
    'https://',
    'zulip',
    `zulip.test/${'x'.repeat(200)}`,
    'javascript:alert(1)',
  ])('has no website %s', (website) => {
    expect(problemsOf({ website })).toEqual({ website: 'Please enter a valid URL.' });
  });

  it.each(['http://zulip.test', 'https://zulip.test/about?x=1', 'www.zulip.test'])(
    'may have the website %s',
    (website) => {
      expect(problemsOf({ website })).toEqual({});
    },
  );

  it.each([
    ['organization_type', '11'],
    ['organization_type', 'x'],
    ['requested_plan', 'Enterprise'],
    ['description', 'x'.repeat(10_001)],
  ])('has no %s like that', (name, value) => {
    expect(Object.keys(problemsOf({ [name]: value }))).toEqual([name]);
  });
});
