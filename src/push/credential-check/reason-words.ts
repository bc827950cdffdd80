const WRONG_KEY =
  'The key, APNS_KEY_ID or APNS_TEAM_ID is wrong or the key was revoked; or the clock of this machine is off.';
const NO_CERTIFICATE =
  'The certificate is not one for notifications, or was revoked: get a new one, or better a token key.';
const WRONG_ENVIRONMENT = 'The credentials are for Apple’s other environment: see APNS_SANDBOX.';
const WRONG_APP =
  'The credentials are not good for this app: they belong to another team or app, or its name is misspelt.';

/** What to do about Apple's reasons ("Handling notification responses from APNs"). */
const APPLE: Readonly<Record<string, string>> = {
  InvalidProviderToken: WRONG_KEY,
  // Only who comes with a certificate brings no token, so it is the certificate that does not count.
  MissingProviderToken: NO_CERTIFICATE,
  UnrelatedKeyIdInToken: WRONG_KEY,
  Forbidden: WRONG_KEY,
  ExpiredProviderToken: 'The clock of this machine is off: set it right, best by NTP.',
  TooManyProviderTokenUpdates:
    'The token was renewed too often. Try again in 20 minutes; see that all nodes share one database.',
  BadCertificate: NO_CERTIFICATE,
  BadCertificateEnvironment: WRONG_ENVIRONMENT,
  BadEnvironmentKeyIdInToken: WRONG_ENVIRONMENT,
  BadEnvironmentKeyInToken: WRONG_ENVIRONMENT,
  TopicDisallowed: WRONG_APP,
  BadTopic: WRONG_APP,
  MissingTopic: WRONG_APP,
};

/** What to do about the words of Google's token endpoint (RFC 6749, 5.2) and of FCM. */
const GOOGLE: Readonly<Record<string, string>> = {
  invalid_grant:
    'The key of the service account was deleted or is another account’s; or the clock of this machine is off.',
  invalid_client: 'The service account does not exist any more: make a key for another one.',
  unauthorized_client: 'The service account may not ask for tokens: see whether it is disabled.',
  PERMISSION_DENIED:
    'The service account may not send: give it the role “Firebase Cloud Messaging API Admin” in its project.',
  NOT_FOUND: 'The project of the service account does not exist, or has no Firebase.',
  UNAUTHENTICATED: 'The access token was not taken: see whether the service account is disabled.',
  THIRD_PARTY_AUTH_ERROR: 'The project lacks credentials of its own.',
  'access-token-unavailable':
    'Google’s token endpoint cannot be reached: see the way out of the network, proxy and firewall.',
};

/** What to do where no connection came about, by Node's code. */
const CONNECTION: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name cannot be resolved: see the DNS of this machine.',
  EAI_AGAIN: 'The name cannot be resolved: see the DNS of this machine.',
  ECONNREFUSED: 'Nobody listens there: see the address, proxy and firewall.',
  ETIMEDOUT: 'Nobody answers there: see proxy and firewall.',
  CERT_HAS_EXPIRED:
    'The certificate of the other side has ended: see the clock of this machine, then who stands in between.',
  CERT_NOT_YET_VALID: 'The certificate of the other side is from the future: see the clock of this machine.',
  SELF_SIGNED_CERT_IN_CHAIN:
    'Somebody else answers in its place: a proxy that opens TLS. Let this name pass, or name its authority in NODE_EXTRA_CA_CERTS.',
};
const NO_CONNECTION = 'No connection comes about: see the way out of the network, proxy and firewall.';

/** What to do about a reason for which a message was not taken. @param code of the last connection that failed, if one did */
export function remedyOf(what: 'Apple' | 'Google', reason: string, code: string | undefined): string {
  const known = (what === 'Apple' ? APPLE : GOOGLE)[reason];
  if (known) return known;
  if (code !== undefined) return CONNECTION[code] ?? NO_CONNECTION;
  if (reason === 'timeout' || reason === 'connection-lost' || reason === 'unreachable') return NO_CONNECTION;
  return 'This may be over in a moment: try again, then see the provider’s status page.';
}
