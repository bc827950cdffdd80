/** What a Zulip server of some version puts into its requests, and how it reads the answers. */
export interface ZulipFeatures {
  /** APNs payload: a bare text with message ids; a text with ids under `custom.zulip`; an alert object with full data. */
  readonly apnsPayload: 'text' | 'ids' | 'full';
  /** Sends `gcm_options`, and removals of notifications. */
  readonly gcmOptions: boolean;
  /** Has the `register_server` command. */
  readonly registerCommand: boolean;
  readonly unregisterAll: boolean;
  /** Puts a request back on its queue after a network fault or a 5xx; before, that was an uncaught exception. */
  readonly retries: boolean;
  readonly userUuid: boolean;
  /** `realm_uuid` in all requests, device lists in notify; reads `deleted_devices` and `realm`. */
  readonly realmUuid: boolean;
  readonly testNotification: boolean;
  /** Names the organization's address `realm_url` as well as `realm_uri`. */
  readonly realmUrl: boolean;
  /** Reads `total_*_devices` of a notify answer; before, any JSON would do. */
  readonly readsTotals: boolean;
  /** Device tokens of Apple are told apart ignoring case. */
  readonly foldsApnsTokens: boolean;
  /** Longest wait for an answer, seconds. */
  readonly timeoutSeconds: number;
  /** The same for an upload, which may be large. */
  readonly uploadTimeoutSeconds: number;
  /**
   * What it uploads: only statistics; also records of its users by role; or its organizations too, then at every change and also when
   * nothing is new.
   */
  readonly uploads: 'none' | 'counts' | 'audit' | 'realms';
  /** The extra data of audit records goes out as it is stored, a text that holds JSON; later as an object. */
  readonly extraDataIsText: boolean;
  /** Tells from which commit of Zulip's repository it was built. */
  readonly mergeBase: boolean;
  /** `api_feature_level`, from the time on that it is uploaded. */
  readonly featureLevel: number | null;
  /** Can end its own registration. */
  readonly deactivate: boolean;
  /** Can take over the registration of its host name. */
  readonly transfer: boolean;
  /** Notifications that only the app can read: devices named by the service's number, or by a digest of their token. */
  readonly encryption: 'none' | 'by-number' | 'by-token';
}

const FIRST: ZulipFeatures = {
  apnsPayload: 'text',
  gcmOptions: false,
  registerCommand: false,
  unregisterAll: false,
  retries: false,
  userUuid: false,
  realmUuid: false,
  testNotification: false,
  realmUrl: false,
  readsTotals: false,
  foldsApnsTokens: false,
  timeoutSeconds: 30,
  uploadTimeoutSeconds: 30,
  uploads: 'none',
  extraDataIsText: true,
  mergeBase: false,
  featureLevel: null,
  deactivate: false,
  transfer: false,
  encryption: 'none',
};

/** What changed in which release, oldest first. Where Zulip's history does not tell the release, the first that surely has it. */
const CHANGES: readonly (readonly [since: string, changes: Partial<ZulipFeatures>])[] = [
  ['1.7', { apnsPayload: 'ids' }],
  ['1.8', { apnsPayload: 'full' }],
  ['1.8.1', { registerCommand: true }],
  ['1.9', { gcmOptions: true }],
  ['2.0', { readsTotals: true, uploads: 'counts' }],
  ['2.1', { retries: true, unregisterAll: true, uploads: 'audit' }],
  ['6.0', { userUuid: true }],
  [
    '8.0',
    {
      realmUuid: true,
      testNotification: true,
      deactivate: true,
      uploads: 'realms',
      extraDataIsText: false,
      featureLevel: 237,
    },
  ],
  ['9.0', { realmUrl: true, mergeBase: true, featureLevel: 277, timeoutSeconds: 15, uploadTimeoutSeconds: 90 }],
  ['10.0', { transfer: true, featureLevel: 367 }],
  ['11.0', { encryption: 'by-number', featureLevel: 421 }],
  ['12.0', { encryption: 'by-token', foldsApnsTokens: true, featureLevel: 468 }],
];

/**
 * Features of a version such as `1.8.1`, `8.0` or `12.0-dev+git`; what follows the numbers is not looked at.
 *
 * @throws RangeError when it does not begin with a version number or is older than 1.6, the first release that could push
 */
export function featuresOf(version: string): ZulipFeatures {
  const numbers = numbersOf(version);
  if (!numbers || compare(numbers, [1, 6]) < 0) throw new RangeError('not a Zulip version from 1.6 on');
  const applying = CHANGES.filter(([since]) => compare(numbers, numbersOf(since) ?? []) >= 0);
  return Object.assign({ ...FIRST }, ...applying.map(([, changes]) => changes));
}

function numbersOf(version: string): number[] | undefined {
  return /^\d+(\.\d+)*/.exec(version)?.[0].split('.').map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
