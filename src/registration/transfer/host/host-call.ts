import type { LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { LookupFunction } from 'node:net';

/** Why a host could not be asked. */
export type HostFailure = 'tls' | 'connection' | 'timeout' | 'other';

/** What came of a call: an answer, whatever its status, or why there is none. */
export type HostAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | { readonly kind: 'failure'; readonly failure: HostFailure };

/** The answer is a line of JSON; more than this is not read. Bytes. */
const BODY_LIMIT = 64 * 1024;

/** Codes of a connection that could not be made or broke. */
const CONNECTION = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN EADDRNOTAVAIL ENOTFOUND'.split(
    ' ',
  ),
);

/**
 * One GET over TLS, to one of the given addresses and no other: the name is not looked up again, so nobody can change where it
 * leads between a check and the call. The certificate must be valid for the URL's host. Redirects are not followed.
 *
 * @param timeLimit milliseconds for everything, the body included
 */
export function callHost(url: URL, addresses: readonly LookupAddress[], timeLimit: number): Promise<HostAnswer> {
  return new Promise((resolve) => {
    let connected = false;
    let secure = false;
    const fail = (failure: HostFailure) => {
      resolve({ kind: 'failure', failure });
      sent.destroy();
    };
    const sent = request(
      url,
      {
        agent: false,
        lookup: fixedLookup(addresses),
        headers: { Accept: 'application/json', 'User-Agent': 'PushBouncer', Connection: 'close' },
      },
      (response) => {
        read(response).then(
          (text) =>
            text === undefined ? fail('other') : resolve({ kind: 'answer', status: response.statusCode ?? 0, text }),
          (error) => fail(failureOf(error, false)),
        );
      },
    );
    const limit = setTimeout(() => fail('timeout'), timeLimit);
    sent.on('socket', (socket) => {
      socket.once('connect', () => {
        connected = true;
      });
      socket.once('secureConnect', () => {
        secure = true;
      });
    });
    sent.on('error', (error) => fail(failureOf(error, connected && !secure)));
    sent.on('close', () => clearTimeout(limit));
    sent.end();
  });
}

/** @param handshake whether the error came while TLS was being negotiated */
function failureOf(error: NodeJS.ErrnoException, handshake: boolean): HostFailure {
  if (error instanceof AggregateError) return failureOf(error.errors[0] ?? new Error('nothing'), false);
  if (error.code === 'ETIMEDOUT') return 'timeout';
  if (CONNECTION.has(error.code ?? '')) return 'connection';
  return handshake || /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(error.code ?? '')
    ? 'tls'
    : 'other';
}

function fixedLookup(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all || !first) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

/** The body; undefined where it is too long. */
async function read(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
