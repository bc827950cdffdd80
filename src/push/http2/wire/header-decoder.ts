import { DEFAULT_TABLE_SIZE, DynamicTable, type HeaderField, STATIC_FIELDS } from './header-table.js';
import { decodeHuffman } from './huffman.js';
import { ConnectionError } from './protocol.js';

/** Octets that the headers of one answer may have when they are unpacked. */
const MAX_LIST_SIZE = 65_536;
/** More than any length or index that could be meant. */
const MAX_INTEGER = 2 ** 24;

/** Unpacks header blocks of one connection, in the order in which they came (RFC 7541). */
export class HeaderDecoder {
  readonly #table = new DynamicTable();
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /**
   * Octets of header names and values are taken as latin1.
   *
   * @throws ConnectionError COMPRESSION_ERROR for a broken block, ENHANCE_YOUR_CALM for one that unpacks to more than 64 KB
   */
  decode(bytes: Buffer, start: number, end: number): HeaderField[] {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const fields: HeaderField[] = [];
    let size = 0;
    while (this.#at < end) {
      const field = this.#field(fields.length === 0);
      if (!field) continue;
      size += field[0].length + field[1].length;
      if (size > MAX_LIST_SIZE) throw new ConnectionError('ENHANCE_YOUR_CALM');
      fields.push(field);
    }
    return fields;
  }

  /** The next field (RFC 7541, section 6), or nothing where the block changes the table's size. */
  #field(first: boolean): HeaderField | undefined {
    const lead = this.#bytes[this.#at] as number;
    if (lead & 0x80) return this.#indexed(this.#integer(7));
    if (lead & 0x40) {
      const field = this.#literal(6);
      this.#table.add(field);
      return field;
    }
    if (lead & 0x20) {
      const limit = this.#integer(5);
      if (!first || limit > DEFAULT_TABLE_SIZE) throw new ConnectionError('COMPRESSION_ERROR');
      this.#table.resize(limit);
      return undefined;
    }
    return this.#literal(4);
  }

  #literal(prefix: number): HeaderField {
    const index = this.#integer(prefix);
    const name = index === 0 ? this.#string() : this.#indexed(index)[0];
    return [name, this.#string()];
  }

  #indexed(index: number): HeaderField {
    const field = STATIC_FIELDS[index - 1] ?? (index > 0 && this.#table.at(index - 1 - STATIC_FIELDS.length));
    if (!field) throw new ConnectionError('COMPRESSION_ERROR');
    return field;
  }

  #string(): string {
    const packed = ((this.#bytes[this.#at] as number) & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw new ConnectionError('COMPRESSION_ERROR');
    return packed ? decodeHuffman(this.#bytes, start, this.#at) : this.#bytes.toString('latin1', start, this.#at);
  }

  /** An integer whose first bits share an octet with something else (RFC 7541, 5.1). */
  #integer(prefix: number): number {
    if (this.#at >= this.#end) throw new ConnectionError('COMPRESSION_ERROR');
    const most = 2 ** prefix - 1;
    let value = (this.#bytes[this.#at++] as number) & most;
    if (value < most) return value;
    for (let factor = 1; ; factor *= 128) {
      if (this.#at >= this.#end || factor > MAX_INTEGER) throw new ConnectionError('COMPRESSION_ERROR');
      const octet = this.#bytes[this.#at++] as number;
      value += (octet & 0x7f) * factor;
      if (octet < 0x80) return value;
    }
  }
}
