import type { PushPermission } from '../../plans/permission/push-permission.js';
import type { PushStatus } from './push-statuses.js';

const unixSeconds = (at: Date | null) => at && Math.floor(at.getTime() / 1_000);

const permissionAnswer = ({ canPush, reason, expectedEndTimestamp }: PushPermission) => ({
  can_push: canPush,
  expected_end_timestamp: expectedEndTimestamp,
  reason,
});

/** A status as the API words it (docs/protocol.md, Push status). Times are Unix seconds, days UTC. */
export function statusAnswer(status: PushStatus): object {
  return {
    ...permissionAnswer(status.permission),
    realms: Object.fromEntries(status.realms.map(({ uuid, permission }) => [uuid, permissionAnswer(permission)])),
    last_upload: unixSeconds(status.uploadedAt),
    upload_is_stale: status.isStale,
    version: status.version,
    api_feature_level: status.featureLevel,
    last_request: unixSeconds(status.lastRequestAt),
    users: status.people.users,
    guests: status.people.guests,
    devices: status.devices,
    providers: status.configured,
    days: status.days.map(({ day, received, delivered, failed }) => ({
      day,
      received,
      delivered,
      token_gone: failed['token-gone'],
      rejected: failed.rejected,
      try_later: failed['try-later'],
      not_configured: failed['not-configured'],
    })),
    remarks: status.remarks,
  };
}
