import { Resolver } from 'node:dns/promises';

/** How long one look-up may take in all, milliseconds. */
const TIME_LIMIT_MS = 3000;

/** When a lost datagram is sent again for the first time, milliseconds, and how often it is sent. */
const FIRST_TRY_MS = 800;
const TRIES = 3;

/** What DNS says of a domain: whether it takes mail, exists without taking mail, or is not there; or that DNS did not say. */
export type MailDomainState = 'takes-mail' | 'no-mx' | 'absent' | 'resolver-unavailable';

/**
 * Answers that say something about the domain: no such name, no record of this type, and a name that cannot be written
 * down as a question. All other errors (refused, server failure, timeout ...) are the resolver's trouble.
 */
const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

type Answer = 'some' | 'none' | 'no-answer';

/** Asks DNS whether a domain can receive mail. */
export class MailDomainLookup {
  /**
   * @param servers resolvers as `ip` or `ip:port`; the system's where it is unset
   * @throws TypeError where a resolver's address is malformed, so that the service does not start with it
   */
  constructor(private readonly servers?: readonly string[]) {
    this.resolver();
  }

  /**
   * What DNS says of a domain, within three seconds. A domain whose only MX record is the null one (RFC 7505) takes no mail.
   * One without MX records exists if it has an address or name servers. Never throws for anything that a resolver does.
   *
   * @param name punycode
   */
  async state(name: string): Promise<MailDomainState> {
    // A resolver of its own, so that the time limit ends these questions and nobody else's.
    const resolver = this.resolver();
    const limit = setTimeout(() => resolver.cancel(), TIME_LIMIT_MS);
    try {
      const exchanges = await mailExchanges(resolver, name);
      if (exchanges === undefined) return 'resolver-unavailable';
      if (exchanges.some((host) => host !== '' && host !== '.')) return 'takes-mail';
      return exchanges.length > 0 ? 'no-mx' : await existence(resolver, name);
    } finally {
      clearTimeout(limit);
    }
  }

  private resolver(): Resolver {
    const resolver = new Resolver({ timeout: FIRST_TRY_MS, tries: TRIES });
    if (this.servers !== undefined) resolver.setServers(this.servers);
    return resolver;
  }
}

/** The hosts named by the MX records; undefined where the resolver did not say. */
async function mailExchanges(resolver: Resolver, name: string): Promise<string[] | undefined> {
  try {
    return (await resolver.resolveMx(name)).map((record) => record.exchange);
  } catch (error) {
    return saysNothingThere(error) ? [] : undefined;
  }
}

/** Asked even after "no such name" for MX: some authoritative servers answer so for every type that they do not know. */
async function existence(resolver: Resolver, name: string): Promise<MailDomainState> {
  const answers = await Promise.all([
    answerOf(resolver.resolve4(name)),
    answerOf(resolver.resolve6(name)),
    answerOf(resolver.resolveNs(name)),
  ]);
  if (answers.includes('some')) return 'no-mx';
  return answers.includes('no-answer') ? 'resolver-unavailable' : 'absent';
}

async function answerOf(question: Promise<readonly string[]>): Promise<Answer> {
  try {
    return (await question).length > 0 ? 'some' : 'none';
  } catch (error) {
    return saysNothingThere(error) ? 'none' : 'no-answer';
  }
}

function saysNothingThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && NOTHING_THERE.has(error.code);
}
