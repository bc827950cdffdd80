import type { ApnsReason } from './apns-reasons.js';

/** What of a request Apple looks at, beside its credentials. */
export interface ApnsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const PUSH_TYPES = new Set(
  'alert background controls location voip complication fileprovider mdm liveactivity pushtotalk widgets'.split(' '),
);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The token a request is for: the part after `/3/device/`, empty where there is none. */
export function tokenOf(path: string): string {
  return /^\/3\/device\/([^/]+)$/.exec(path)?.[1] ?? '';
}

/** Refusals that come before credentials are looked at: is this a request to send at all? */
export function checkTarget(request: ApnsRequest): ApnsReason | undefined {
  if (!request.path.startsWith('/3/device')) return 'BadPath';
  if (request.method !== 'POST') return 'MethodNotAllowed';
  if (/^\/3\/device\/?$/.test(request.path)) return 'MissingDeviceToken';
  return tokenOf(request.path) ? undefined : 'BadPath';
}

/**
 * Apple's checks of token, headers and payload ("Sending notification requests to APNs"). `topics`: those the credentials are
 * good for, undefined for any; `topicNeeded` is false for a client certificate, which implies one.
 *
 * @returns the first reason to refuse
 */
export function checkRequest(
  request: ApnsRequest,
  topics: ReadonlySet<string> | undefined,
  topicNeeded: boolean,
): ApnsReason | undefined {
  const token = tokenOf(request.path);
  if (!/^([0-9a-f]{2}){1,100}$/i.test(token)) return 'BadDeviceToken';
  return (
    checkTopic(request.headers['apns-topic'], topics, topicNeeded) ??
    checkHeaders(request.headers) ??
    checkPayload(request)
  );
}

function checkTopic(
  topic: string | undefined,
  topics: ReadonlySet<string> | undefined,
  needed: boolean,
): ApnsReason | undefined {
  if (!topic) return needed ? 'MissingTopic' : undefined;
  if (!/^[A-Za-z0-9.-]+$/.test(topic)) return 'BadTopic';
  return topics && !topics.has(topic) ? 'TopicDisallowed' : undefined;
}

function checkHeaders(headers: ApnsRequest['headers']): ApnsReason | undefined {
  const value = (name: string) => headers[`apns-${name}`];
  const id = value('id');
  if (id !== undefined && !UUID.test(id)) return 'BadMessageId';
  const expiration = value('expiration');
  if (expiration !== undefined && !/^\d{1,15}$/.test(expiration)) return 'BadExpirationDate';
  const priority = value('priority');
  if (priority !== undefined && !['1', '5', '10'].includes(priority)) return 'BadPriority';
  const collapse = value('collapse-id');
  if (collapse !== undefined && Buffer.byteLength(collapse) > 64) return 'BadCollapseId';
  const type = value('push-type');
  if (type !== undefined && !PUSH_TYPES.has(type)) return 'InvalidPushType';
  return undefined;
}

/** Bytes Apple takes: 5 KB for calls, 4 KB for all else. A body that is no JSON object counts as empty. */
function checkPayload({ body, headers }: ApnsRequest): ApnsReason | undefined {
  if (body.length === 0) return 'PayloadEmpty';
  if (body.length > (headers['apns-push-type'] === 'voip' ? 5120 : 4096)) return 'PayloadTooLarge';
  const parsed = parseBody(body);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? undefined : 'PayloadEmpty';
}

/** The body as JSON, undefined where it is none. */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
