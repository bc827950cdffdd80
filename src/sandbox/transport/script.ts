/** Something that goes wrong below the level of answers. */
export type Fault =
  /** The request is never answered; the connection stays open. */
  | { readonly kind: 'hang' }
  /** RST_STREAM with this code (RFC 9113, 7), 7 (REFUSED_STREAM) unless given: the request was not processed. */
  | { readonly kind: 'reset'; readonly code?: number }
  /** GOAWAY (RFC 9113, 6.8): this request and later ones are not processed, earlier ones still are. */
  | { readonly kind: 'goaway'; readonly code?: number }
  /** The socket is torn down without a word. */
  | { readonly kind: 'destroy' };

/** What a stand-in does with one request: an answer of its own kind, perhaps late, or a fault. Empty: behave normally. */
export interface Turn<A> {
  readonly answer?: A;
  readonly fault?: Fault;
  readonly delayMs?: number;
}

/**
 * What a stand-in has been told to do, in this order: turns for the request's token, then the common queue, then the default.
 * A token's last turn stays in force; a queued turn is used once.
 */
export class Script<A> {
  private readonly tokens = new Map<string, Turn<A>[]>();
  private readonly queue: Turn<A>[] = [];
  private fallback: Turn<A> = {};

  /** These turns, one per request for that token; the last one goes on applying. */
  forToken(token: string, ...turns: Turn<A>[]): this {
    this.tokens.set(token, turns);
    return this;
  }

  /** These turns for the next requests, whoever they are for. */
  next(...turns: Turn<A>[]): this {
    this.queue.push(...turns);
    return this;
  }

  /** What happens to every request that nothing else was said about. */
  otherwise(turn: Turn<A>): this {
    this.fallback = turn;
    return this;
  }

  /** Forgets everything: all requests are treated normally again. */
  clear(): void {
    this.tokens.clear();
    this.queue.length = 0;
    this.fallback = {};
  }

  /** The turn for one request; uses it up. */
  take(token: string): Turn<A> {
    const own = this.tokens.get(token);
    if (own && own.length > 1) return own.shift() ?? {};
    return own?.[0] ?? this.queue.shift() ?? this.fallback;
  }
}
