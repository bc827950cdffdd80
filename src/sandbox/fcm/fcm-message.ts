import { badRequest, fcmError, type GoogleError } from './fcm-errors.js';

type Dict = Readonly<Record<string, unknown>>;

/** Fields of the FCM HTTP v1 reference, in Google's lower camel case; the snake-case spelling is taken too. */
const REQUEST = ['validateOnly', 'message'];
const MESSAGE = 'name data notification android webpush apns fcmOptions token topic condition'.split(' ');
const ANDROID =
  'collapseKey priority ttl restrictedPackageName data notification fcmOptions directBootOk bandwidthConstrainedOk restrictedSatelliteOk'.split(
    ' ',
  );
const MAX_PAYLOAD_BYTES = 4096;

/** A request body that passed, or the error to answer. */
export type CheckedMessage =
  | { readonly error: GoogleError }
  | { readonly error?: undefined; readonly token: string; readonly validateOnly: boolean };

/** Google's checks of `messages:send`: known fields only, right types, one target, no reserved data key, 4096 bytes of data. */
export function checkMessage(body: unknown): CheckedMessage {
  if (!isDict(body)) return { error: badRequest('Invalid JSON payload received. Unexpected token.') };
  const message = body['message'];
  const error =
    unknownField(body, REQUEST, '') ??
    (isDict(message) ? checkFields(message) : badRequest("Invalid value at 'message'", 'message'));
  if (error) return { error };
  const token = isDict(message) && typeof message['token'] === 'string' ? message['token'] : '';
  return { token, validateOnly: (body['validate_only'] ?? body['validateOnly']) === true };
}

function checkFields(message: Dict): GoogleError | undefined {
  const android = message['android'];
  return (
    unknownField(message, MESSAGE, 'message') ??
    checkData(message['data'], 'message.data') ??
    (android === undefined ? undefined : checkAndroid(android)) ??
    checkTarget(message)
  );
}

function checkTarget(message: Dict): GoogleError | undefined {
  const targets = ['token', 'topic', 'condition'].filter((name) => message[name] !== undefined);
  if (targets.length !== 1) return fcmError('INVALID_ARGUMENT', 'Exactly one of topic, token or condition is required');
  const [target] = targets;
  const value = message[target ?? ''];
  if (typeof value !== 'string')
    return badRequest(`Invalid value at 'message.${target}' (TYPE_STRING)`, `message.${target}`);
  return value === '' ? fcmError('INVALID_ARGUMENT') : undefined;
}

function checkAndroid(android: unknown): GoogleError | undefined {
  if (!isDict(android)) return badRequest("Invalid value at 'message.android'", 'message.android');
  const { priority } = android;
  const path = 'message.android.priority';
  // Names of enumerations are taken in either case: Google's own examples write "high".
  const known = priority === undefined || (typeof priority === 'string' && /^(high|normal)$/i.test(priority));
  return (
    unknownField(android, ANDROID, 'message.android') ??
    checkData(android['data'], 'message.android.data') ??
    (known
      ? undefined
      : badRequest(
          `Invalid value at '${path}' (type.googleapis.com/google.firebase.fcm.v1.AndroidConfig.AndroidMessagePriority), ${JSON.stringify(priority)}`,
          path,
        ))
  );
}

function checkData(data: unknown, path: string): GoogleError | undefined {
  if (data === undefined) return undefined;
  if (!isDict(data)) return badRequest(`Invalid value at '${path}'`, path);
  let bytes = 0;
  for (const [index, [name, value]] of Object.entries(data).entries()) {
    const at = `${path}[${index}].value`;
    if (typeof value !== 'string')
      return badRequest(`Invalid value at '${at}' (TYPE_STRING), ${JSON.stringify(value)}`, at);
    if (/^(from$|message_type$|google\.|gcm\.)/.test(name)) {
      return fcmError('INVALID_ARGUMENT', `Invalid data payload key: ${name}`);
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  return bytes > MAX_PAYLOAD_BYTES ? fcmError('INVALID_ARGUMENT', 'Android message is too big') : undefined;
}

function unknownField(value: Dict, known: readonly string[], path: string): GoogleError | undefined {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const stranger = Object.keys(value).find((name) => !known.includes(camel(name)));
  if (stranger === undefined) return undefined;
  const where = path ? ` at '${path}'` : '';
  return badRequest(`Invalid JSON payload received. Unknown name "${stranger}"${where}: Cannot find field.`, path);
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
