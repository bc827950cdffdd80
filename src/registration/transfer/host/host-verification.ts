import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import type { AddressRules } from './address-rules.js';
import { callHost, type HostAnswer, type HostFailure } from './host-call.js';
import type { HostResolver } from './host-resolver.js';

/** What a host said when asked for its verification secret. */
export type HostStatement =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'not-prepared' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'failure'; readonly failure: HostFailure };

/** Milliseconds for one try, and for all of them: clients wait 15 s for an answer. */
const TRY_LIMIT = 5_000;
const TOTAL_LIMIT = 12_000;
/** Pauses before a failed connection is tried again. */
const PAUSES = [200, 400, 800] as const;

const secretAnswer = z.object({ verification_secret: z.string() });
const refusal = z.object({ code: z.literal('REMOTE_SERVER_VERIFICATION_SECRET_NOT_PREPARED') });

/** Asks a host for the secret that its administrator was given, at the address that Zulip servers answer on. */
export class HostVerification {
  private readonly logger = new Logger(HostVerification.name);

  constructor(
    private readonly resolver: HostResolver,
    private readonly rules: AddressRules,
  ) {}

  /**
   * What the host says. Bad certificates and private addresses are failures like others; a connection that fails is tried again.
   *
   * @param hostname of a registration, perhaps with a port
   * @param accessToken by which the host knows its own request; must not be empty or dots only
   */
  async ask(hostname: string, accessToken: string): Promise<HostStatement> {
    const deadline = Date.now() + TOTAL_LIMIT;
    const url = new URL(`https://${hostname}/api/v1/zulip-services/verify/${encodeURIComponent(accessToken)}/`);
    const addresses = await this.resolver.addresses(url.hostname, TRY_LIMIT);
    const refused = addresses.some(({ address }) => !this.rules.allowsAddress(address)) && !this.rules.allowsHost(url);
    if (refused) this.logger.warn('a registered host name leads to a private address; OUTGOING_ALLOW would permit it');
    if (refused || addresses.length === 0) return { kind: 'failure', failure: 'connection' };
    let answer = await callHost(url, addresses, TRY_LIMIT);
    for (const pause of PAUSES) {
      if (answer.kind === 'answer' || answer.failure !== 'connection') break;
      await sleep(pause);
      const left = Math.min(TRY_LIMIT, deadline - Date.now());
      if (left <= 0) break;
      answer = await callHost(url, addresses, left);
    }
    return understand(answer);
  }
}

function understand(answer: HostAnswer): HostStatement {
  if (answer.kind === 'failure') return answer;
  const body = parse(answer.text);
  if (answer.status === 400 && refusal.safeParse(body).success) return { kind: 'not-prepared' };
  if (answer.status !== 200) return { kind: 'status', status: answer.status };
  const said = secretAnswer.safeParse(body);
  return said.success ? { kind: 'secret', secret: said.data.verification_secret } : { kind: 'unreadable' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
