import { DEFAULT_TABLE_SIZE, DynamicTable, type HeaderField, STATIC_FIELDS } from './header-table.js';

/** Octets that an integer of ours may take at most, its first included. */
const INTEGER_ROOM = 6;

/** First bits of a field (RFC 7541, section 6), and how many more bits of that octet an integer may use. */
const INDEXED = { bits: 0x80, prefix: 7 } as const;
const REMEMBERED = { bits: 0x40, prefix: 6 } as const;
const NEVER_INDEXED = { bits: 0x10, prefix: 4 } as const;
const RESIZED = { bits: 0x20, prefix: 5 } as const;

/** Numbers of the fields both sides know, by name and, below it, by value; the name alone stands under the first. */
const KNOWN = new Map<string, Map<string, number>>();
STATIC_FIELDS.forEach(([name, value], i) => {
  const values = KNOWN.get(name);
  if (values) values.set(value, i + 1);
  else KNOWN.set(name, new Map([[value, i + 1]]));
});

/**
 * Packs headers for one connection (RFC 7541). Fields that come again, such as a long authorization, are named in full once and by
 * number after that. Strings are not Huffman-coded: it would save a third of their bytes at several times the work.
 */
export class HeaderEncoder {
  readonly #table = new DynamicTable();
  /** Sizes the peer is to be told of before the next field: the smallest since the last block, and the present one (RFC 7541, 4.2). */
  #smallest: number | undefined;

  /** The peer keeps a table of at most so many octets. */
  limit(octets: number): void {
    const size = Math.min(octets, DEFAULT_TABLE_SIZE);
    if (size === this.#table.limit && this.#smallest === undefined) return;
    this.#smallest = Math.min(this.#smallest ?? size, size);
    this.#table.resize(size);
  }

  /** Octets that `encode` needs at most for these fields. */
  static room(fields: readonly HeaderField[]): number {
    let room = 2 * INTEGER_ROOM;
    for (const [name, value] of fields) room += 3 * INTEGER_ROOM + name.length + value.length;
    return room;
  }

  /**
   * Writes one header block at `at`; answers where it ends. Names and values must be latin1.
   *
   * @param once names of fields whose values do not come again: never to be kept in a table, by nobody on the way (RFC 7541, 7.1.3)
   */
  encode(fields: readonly HeaderField[], once: readonly string[], out: Buffer, at: number): number {
    let end = at;
    if (this.#smallest !== undefined) {
      if (this.#smallest < this.#table.limit) end = integer(RESIZED, this.#smallest, out, end);
      end = integer(RESIZED, this.#table.limit, out, end);
      this.#smallest = undefined;
    }
    for (const field of fields) end = this.#field(field, once, out, end);
    return end;
  }

  #field(field: HeaderField, once: readonly string[], out: Buffer, at: number): number {
    const [name, value] = field;
    const known = KNOWN.get(name);
    const index = known?.get(value);
    // `:path` with the value `/` is known, but the table's empty values stand for the name alone.
    if (index !== undefined && value !== '') return integer(INDEXED, index, out, at);
    let named = known?.values().next().value ?? 0;
    const isOnce = once.includes(name);
    if (!isOnce) {
      for (let age = 0; age < this.#table.length; age++) {
        const entry = this.#table.at(age) as HeaderField;
        if (entry[0] !== name) continue;
        if (entry[1] === value) return integer(INDEXED, STATIC_FIELDS.length + 1 + age, out, at);
        if (named === 0) named = STATIC_FIELDS.length + 1 + age;
      }
      this.#table.add(field);
    }
    let end = integer(isOnce ? NEVER_INDEXED : REMEMBERED, named, out, at);
    if (named === 0) end = text(name, out, end);
    return text(value, out, end);
  }
}

/** An integer whose first bits share an octet with something else (RFC 7541, 5.1). */
function integer({ bits, prefix }: { bits: number; prefix: number }, value: number, out: Buffer, at: number): number {
  const most = 2 ** prefix - 1;
  if (value < most) {
    out[at] = bits | value;
    return at + 1;
  }
  out[at] = bits | most;
  let end = at + 1;
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out[end++] = (rest % 128) | 0x80;
  out[end++] = rest;
  return end;
}

function text(value: string, out: Buffer, at: number): number {
  const start = integer({ bits: 0, prefix: 7 }, value.length, out, at);
  return start + out.write(value, start, 'latin1');
}
