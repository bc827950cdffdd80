/** A header name and its value. */
export type HeaderField = readonly [name: string, value: string];

/** Fields that both sides know from the start, numbered from one (RFC 7541, appendix A). */
export const STATIC_FIELDS: readonly HeaderField[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

/** Octets a table may hold where nothing else was agreed on. */
export const DEFAULT_TABLE_SIZE = 4096;
/** What an entry counts beside its name and value (RFC 7541, 4.1). */
const ENTRY_OVERHEAD = 32;

/** Fields that one side has told the other to remember: the newest first, the oldest given up for want of room (RFC 7541, 2.3.2). */
export class DynamicTable {
  /** Oldest first. */
  readonly #fields: HeaderField[] = [];
  #size = 0;
  #limit = DEFAULT_TABLE_SIZE;

  get length(): number {
    return this.#fields.length;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Octets it may hold from now on. */
  resize(limit: number): void {
    this.#limit = limit;
    this.#shrink(limit);
  }

  /** A field too large for the whole table empties it and is not kept. */
  add(field: HeaderField): void {
    const size = sizeOf(field);
    this.#shrink(this.#limit - size);
    if (size > this.#limit) return;
    this.#fields.push(field);
    this.#size += size;
  }

  /** By age: 0 is the newest. */
  at(age: number): HeaderField | undefined {
    return this.#fields[this.#fields.length - 1 - age];
  }

  #shrink(room: number): void {
    let given = 0;
    for (; this.#size > Math.max(room, 0) && given < this.#fields.length; given++)
      this.#size -= sizeOf(this.#fields[given] as HeaderField);
    if (given > 0) this.#fields.splice(0, given);
  }
}

function sizeOf([name, value]: HeaderField): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}
