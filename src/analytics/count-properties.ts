/** Statistics that are stored (docs/protocol.md, Analytics). */
const KNOWN = [
  'messages_sent:is_bot:hour',
  'messages_sent:message_type:day',
  'messages_sent:client:day',
  'messages_in_stream:is_bot:day',
  'ai_credit_usage::day',
  'active_users_audit:is_bot:day',
  'upload_quota_used_bytes::day',
  'messages_read::hour',
  'messages_read_interactions::hour',
  '1day_actives::day',
  '7day_actives::day',
  '15day_actives::day',
  'minutes_active::day',
  'realm_active_humans::day',
];

/** Statistics that old servers send although nobody needs them. */
const UNNEEDED = [
  'invites_sent::day',
  'mobile_pushes_sent::day',
  'active_users_log:is_bot:day',
  'active_users:is_bot:day',
];

/** What the service counts itself; a server that sends it is refused in any case. */
const OWN = ['mobile_pushes_received::day', 'mobile_pushes_forwarded::day'];

/** What is done with a row by its statistic. */
export type PropertyFate = 'store' | 'skip' | 'refuse';

/** Which statistics are stored, let through without being stored, or refused. */
export class CountProperties {
  private readonly fates: ReadonlyMap<string, PropertyFate>;

  /**
   * @param extra stored too, though the service does not know them
   * @param unknown what becomes of all others
   */
  constructor(
    extra: readonly string[],
    private readonly unknown: Exclude<PropertyFate, 'store'>,
  ) {
    this.fates = new Map([
      ...UNNEEDED.map((name): [string, PropertyFate] => [name, 'skip']),
      ...[...KNOWN, ...extra].map((name): [string, PropertyFate] => [name, 'store']),
      ...OWN.map((name): [string, PropertyFate] => [name, 'refuse']),
    ]);
  }

  fate(property: string): PropertyFate {
    return this.fates.get(property) ?? this.unknown;
  }
}
