import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PoolTls } from '../pool-options.js';

/** HTTP/2's name in TLS (RFC 9113, 3.2). */
const ALPN = 'h2';

/**
 * Opens a socket to an origin; with `https:` the peer's name and chain are checked and HTTP/2 must be agreed on. Failures show as
 * the socket's error; a peer that speaks something else as `ERR_ALPN`.
 *
 * @param onConnect runs once the socket is ready to be written to
 */
export function connectSocket(origin: URL, tls: PoolTls, onConnect: () => void): Socket {
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = origin.protocol === 'https:';
  const port = Number(origin.port || (secure ? 443 : 80));
  if (!secure) return connect({ host, port, noDelay: true }, onConnect);
  const socket = connectTls(
    {
      ...tls,
      host,
      port,
      ALPNProtocols: [ALPN],
      rejectUnauthorized: true,
      // Names only: an address is no name (RFC 6066, 3).
      ...(isIP(host) ? {} : { servername: host }),
    },
    () => {
      if (socket.alpnProtocol === ALPN) onConnect();
      else socket.destroy(Object.assign(new Error('the peer does not speak HTTP/2'), { code: 'ERR_ALPN' }));
    },
  );
  return socket.setNoDelay(true);
}
