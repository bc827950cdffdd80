import { Inject, Injectable } from '@nestjs/common';
import * as client from 'openid-client';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';

/** What must come back with the answer to one log-in, kept in the session. */
export interface OpenIdAttempt {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636). */
  readonly verifier: string;
}

export const CALLBACK_PATH = '/login/openid/callback/';

/** Seconds that the provider may take for an answer. */
const TIMEOUT = 10;
/** Seconds by which its clock may differ from ours. */
const CLOCK_TOLERANCE = 30;
/** Without this, the signature of an id token is believed because TLS brought it. The settings allow plain HTTP on this machine only. */
const CHECKS = [client.enableNonRepudiationChecks];

/**
 * The OpenID Connect provider that vouches for operators, where the settings name one: authorization code flow with PKCE, state and nonce
 * (OpenID Connect Core 1.0, 3.1; RFC 9700).
 */
@Injectable()
export class OpenIdProvider {
  private known: Promise<client.Configuration> | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  get configured(): boolean {
    return this.settings.operators.openId !== undefined;
  }

  /** Where to send the browser, and what to remember until it comes back. @throws Error where the provider cannot be reached */
  async start(): Promise<{ address: string; attempt: OpenIdAttempt }> {
    const attempt = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    };
    const address = client.buildAuthorizationUrl(await this.configuration(), {
      redirect_uri: this.callback,
      scope: 'openid email',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    });
    return { address: address.href, attempt };
  }

  /**
   * The e-mail address that the provider has verified; undefined where it vouches for none.
   *
   * @param query of the address at which the browser came back, with its question mark
   * @throws Error where the answer is not one to this attempt, or does not hold, or the provider cannot be reached
   */
  async finish(query: string, { state, nonce, verifier }: OpenIdAttempt): Promise<string | undefined> {
    const tokens = await client.authorizationCodeGrant(await this.configuration(), new URL(this.callback + query), {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    return claims?.email_verified === true && typeof claims.email === 'string' ? claims.email : undefined;
  }

  private get callback(): string {
    return this.settings.http.operatorUrl + CALLBACK_PATH;
  }

  /** What the provider says of itself, asked for once; a failure is not remembered. */
  private configuration(): Promise<client.Configuration> {
    this.known ??= this.discover().catch((error: unknown) => {
      this.known = undefined;
      throw error;
    });
    return this.known;
  }

  private async discover(): Promise<client.Configuration> {
    const { openId } = this.settings.operators;
    if (!openId) throw new Error('no OpenID Connect provider is configured');
    const issuer = new URL(openId.issuer);
    return await client.discovery(
      issuer,
      openId.clientId,
      { [client.clockTolerance]: CLOCK_TOLERANCE },
      client.ClientSecretBasic(openId.clientSecret),
      { timeout: TIMEOUT, execute: issuer.protocol === 'http:' ? [...CHECKS, client.allowInsecureRequests] : CHECKS },
    );
  }
}
