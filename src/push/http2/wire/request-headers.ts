import type { HeaderField } from './header-table.js';

/** Headers by their names in lower case, pseudo-headers such as `:path` first. */
export type RequestHeaders = Readonly<Record<string, string>>;

/** HTTP/2 cannot carry these headers; nothing was sent. */
export class UnsendableHeaders extends Error {}

const NAME = /^:?[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Visible characters of latin1, with blanks between them. */
const VALUE = /^(?![\t ])[\t\x20-\x7e\x80-\xff]*(?<![\t ])$/;
/** What belongs to a connection of HTTP/1.1 (RFC 9113, 8.2.2). */
const OF_CONNECTIONS = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te']);

/**
 * The fields of a request, those of its connection first, in the order in which HTTP/2 wants them.
 *
 * @throws UnsendableHeaders for names and values that HTTP/2 forbids (RFC 9113, 8.2 and 8.3)
 */
export function requestFields(connection: readonly HeaderField[], headers: RequestHeaders): HeaderField[] {
  const fields = [...connection];
  let regular = false;
  for (const name in headers) {
    const value = headers[name] as string;
    const pseudo = name.startsWith(':');
    if ((pseudo && regular) || OF_CONNECTIONS.has(name) || !NAME.test(name) || !VALUE.test(value)) {
      throw new UnsendableHeaders();
    }
    regular ||= !pseudo;
    fields.push([name, value]);
  }
  return fields;
}
