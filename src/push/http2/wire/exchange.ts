import type { HeaderField } from './header-table.js';

/** Headers of an answer by their names in lower case; several of one name are joined by a comma (RFC 9110, 5.3). */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/**
 * How an exchange ended:
 * - `answer`: a status came. The body is what had come of it, should it have been cut off;
 * - `unprocessed`: the peer never looked at the request, so that sending it again does no harm (RFC 9113, 8.7);
 * - `lost`: neither is known;
 * - `cancelled`: we gave it up.
 */
export type ExchangeEnd =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: AnswerHeaders; readonly body: string }
  | { readonly kind: 'unprocessed' | 'lost' | 'cancelled' };

/** Answers of push services are tiny; more than this is not kept. */
const MAX_ANSWER_LENGTH = 65_536;

/** A request and its answer, on a stream of their own. */
export class Exchange {
  /** What of the request's body the peer's windows do not let through yet. */
  unsent: Buffer | undefined;
  /** Bytes of the answer that the peer was not given room for again. */
  unreported = 0;
  #status = 0;
  #headers: Record<string, string> | undefined;
  #body: Buffer[] | undefined;
  #length = 0;

  /**
   * @param sendWindow bytes that the peer takes on this stream
   * @param onEnd runs once
   */
  constructor(
    readonly id: number,
    public sendWindow: number,
    readonly onEnd: (end: ExchangeEnd) => void,
  ) {}

  get answered(): boolean {
    return this.#status !== 0;
  }

  /**
   * Takes a block of headers: an interim answer, the answer's, or trailers, which say nothing that anybody needs.
   *
   * @returns whether it is one that may come now (RFC 9113, 8.1)
   */
  head(fields: readonly HeaderField[], last: boolean): boolean {
    if (this.answered) return last;
    const [first] = fields;
    if (first?.[0] !== ':status' || !/^[1-9]\d\d$/.test(first[1])) return false;
    const status = Number(first[1]);
    if (status < 200) return !last;
    this.#status = status;
    const headers: Record<string, string> = {};
    for (let i = 1; i < fields.length; i++) {
      const [name, value] = fields[i] as HeaderField;
      headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
    }
    this.#headers = headers;
    return true;
  }

  /** Takes a part of the body. That of a success says nothing that anybody needs. */
  body(bytes: Buffer): void {
    if (this.#status === 200 || this.#length >= MAX_ANSWER_LENGTH) return;
    this.#length += bytes.length;
    this.#body ??= [];
    // A copy: what a connection reads may be a large piece of memory.
    this.#body.push(Buffer.from(bytes));
  }

  /** What came, where at least a status did; else that nothing is known, or what is. */
  outcome(otherwise: 'lost' | 'unprocessed' = 'lost'): ExchangeEnd {
    if (!this.#headers) return { kind: otherwise };
    const body = this.#body ? Buffer.concat(this.#body).toString('utf8') : '';
    return { kind: 'answer', status: this.#status, headers: this.#headers, body };
  }
}
