import type { PushFailureSum } from '../../registration/counts/push-history.js';
import { type PushFacts, RECENT_DAYS } from './push-status.js';

/** Something to know about the pushes of a server or realm, with what to do about it. */
export interface PushRemark {
  /** For programs. */
  readonly code: string;
  /** `ok`: as it should be. `warning`: look at it. `problem`: pushes do not arrive. */
  readonly severity: 'ok' | 'warning' | 'problem';
  readonly text: string;
  /** What to do; empty: nothing. */
  readonly advice: string;
}

const HOUR_MILLIS = 3_600_000;
/** Servers upload every hour; one that did not for so long has lost its job, or cannot reach us. */
const LATE_HOURS = 24;
const COMPANIES = { apns: 'Apple', fcm: 'Google' } as const;
const PHONES = { apns: 'iPhones and iPads', fcm: 'Android devices' } as const;

const LOOK_AT_JOB =
  'Its hourly job update_analytics_counts sends them: look into /var/log/zulip/errors.log, and whether the server can reach this service.';

const WORST_FIRST = ['problem', 'warning', 'ok'] as const satisfies readonly PushRemark['severity'][];

/** Everything worth a remark: first whether pushes are let through and why, then what is wrong, worst first, then what is usual. */
export function pushRemarks(facts: PushFacts): readonly PushRemark[] {
  const found = [uploads(facts), silence(facts), devices(facts), ...facts.failures.map(failure)];
  const remarks = found.filter((one) => one !== undefined);
  return [
    permission(facts),
    ...WORST_FIRST.flatMap((severity) => remarks.filter((remark) => remark.severity === severity)),
  ];
}

function permission(facts: PushFacts): PushRemark {
  const { canPush, reason, expectedEndTimestamp: end } = facts.permission;
  const { freeUsers, auditLogStaleHours } = facts.policy;
  if (!canPush && facts.isStale) return missingData(facts);
  if (!canPush) {
    const text = `Pushes are refused: there are ${facts.people.users} users and no plan. Up to ${freeUsers} users need none.`;
    return { code: 'too-many-users', severity: 'problem', text, advice: 'Choose a plan on the page "Plans".' };
  }
  if (end !== null) {
    const day = new Date(end * 1_000).toISOString().slice(0, 10);
    const text = `Pushes are allowed until ${day}, when the plan ends. Then there are too many users to do without one.`;
    return { code: 'plan-ends', severity: 'warning', text, advice: 'Keep the plan on the page "Billing".' };
  }
  const because: Readonly<Record<string, string>> = {
    'Community plan': 'this is a sponsored community.',
    'Active plan': 'there is a plan.',
    'No plan few users': `up to ${freeUsers} users need no plan. That holds while uploads are not older than ${auditLogStaleHours} hours.`,
    'Expiring plan few users': `the plan ends, but up to ${freeUsers} users need none.`,
  };
  return { code: 'allowed', severity: 'ok', text: `Pushes are allowed: ${because[reason] ?? reason}`, advice: '' };
}

function missingData({ uploadedAt, policy }: PushFacts): PushRemark {
  const last =
    uploadedAt === null
      ? 'the server never uploaded its usage data'
      : `the server's usage data are older than ${policy.auditLogStaleHours} hours`;
  const text = `Pushes are refused: ${last}, so nobody knows how many users there are.`;
  return { code: 'missing-data', severity: 'problem', text, advice: LOOK_AT_JOB };
}

function uploads({ now, uploadedAt, isStale, permission: { canPush } }: PushFacts): PushRemark | undefined {
  // Already the reason for a refusal.
  if (isStale && !canPush) return undefined;
  if (uploadedAt && now.getTime() - uploadedAt.getTime() <= LATE_HOURS * HOUR_MILLIS) return undefined;
  const text = uploadedAt
    ? `Usage data arrive every hour as a rule; the last were uploaded more than ${LATE_HOURS} hours ago.`
    : 'The server never uploaded its usage data, so its users are not counted.';
  return { code: 'uploads-late', severity: 'warning', text, advice: LOOK_AT_JOB };
}

function silence({ days, permission: { canPush }, devices: { apple, android } }: PushFacts): PushRemark | undefined {
  const recent = days.slice(-RECENT_DAYS).reduce((sum, { received }) => sum + received, 0);
  if (recent > 0 || !canPush || apple + android === 0) return undefined;
  return {
    code: 'nothing-sent',
    severity: 'warning',
    text: `The server has sent no notification in the last ${RECENT_DAYS} days.`,
    advice:
      'Try "Send a test notification" in the mobile app. Users get pushes only for what their notification settings name, and not ' +
      'while they are active in another client.',
  };
}

function devices({ devices: { apple, android } }: PushFacts): PushRemark | undefined {
  if (apple + android > 0) return undefined;
  return {
    code: 'no-devices',
    severity: 'problem',
    text: 'No phone is registered, so there is nobody to notify.',
    advice:
      'Users who were logged in on their phone before this service was set up log out there, log in again, and allow notifications.',
  };
}

function failure({ provider, kind, pushes, lastDay }: PushFailureSum): PushRemark {
  const company = COMPANIES[provider];
  const many = pushes.toLocaleString('en-US');
  const these = `${many} ${pushes === 1 ? 'push' : 'pushes'}`;
  const when = `in the last ${RECENT_DAYS} days, most recently on ${lastDay}`;
  const remark = (severity: PushRemark['severity'], text: string, advice = '') => {
    return { code: `${provider}-${kind}`, severity, text: `${text} (${when}).`, advice };
  };
  switch (kind) {
    case 'token-gone':
      return remark(
        'ok',
        `${company} refused ${these} as unregistered, since the app is no longer installed there`,
        'This is normal after uninstalls and when a phone is replaced. Whoever still has the phone logs in to the app again.',
      );
    case 'rejected':
      return remark(
        'problem',
        `${company} refused ${these} for good`,
        'Such phones mostly use an app that this service may not send to. Users install the app that belongs to it; if they have it, ' +
          'write to us.',
      );
    case 'try-later':
      return remark(
        'warning',
        `${company} did not take ${these} at once, because of an outage or too many at a time`,
        'Each try counts. They are tried again by themselves, and arrive late, or not at all where it lasts.',
      );
    case 'not-configured':
      return remark(
        'problem',
        `${these} for ${PHONES[provider]} went nowhere, since this service has no access to ${company}`,
        'Only its operator can change that: write to us.',
      );
  }
}
