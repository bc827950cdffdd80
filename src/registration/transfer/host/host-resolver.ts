import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Finds the addresses of a host that is to be called. */
export class HostResolver {
  /** @param servers resolvers as `ip` or `ip:port`; the system's where it is unset */
  constructor(private readonly servers?: readonly string[]) {}

  /**
   * All addresses of a host, perhaps none; those of a literal address are itself.
   *
   * @param hostname as in a URL: an IPv6 address stands in brackets
   */
  async addresses(hostname: string, timeLimit: number): Promise<readonly LookupAddress[]> {
    const literal = hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(literal);
    if (family !== 0) return [{ address: literal, family }];
    const found = this.servers ? await askServers(this.servers, hostname, timeLimit) : [];
    // The system also knows names that no resolver does, such as those of the hosts file.
    return found.length > 0 ? found : await askSystem(hostname, timeLimit);
  }
}

async function askServers(servers: readonly string[], name: string, timeLimit: number): Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: Math.min(1_000, timeLimit), tries: 2 });
  resolver.setServers(servers);
  const limit = setTimeout(() => resolver.cancel(), timeLimit);
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  clearTimeout(limit);
  const all = (answer: PromiseSettledResult<string[]>, family: number) =>
    answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
  return [...all(four, 4), ...all(six, 6)];
}

/** The system's own resolver cannot be interrupted: past the limit its answer is not waited for. */
async function askSystem(name: string, timeLimit: number): Promise<LookupAddress[]> {
  const answer = lookup(name, { all: true }).catch(() => []);
  return Promise.race([answer, sleep(timeLimit, [], { ref: false })]);
}
