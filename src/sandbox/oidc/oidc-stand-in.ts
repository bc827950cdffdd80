import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

/** Whom the provider vouches for. */
export interface OidcPerson {
  readonly sub: string;
  readonly email: string;
  readonly emailVerified: boolean;
}

/** What the next id token says or does in place of the truth. */
export interface OidcFault {
  readonly nonce?: string;
  readonly audience?: string;
  readonly issuer?: string;
  /** Seconds for which it holds; negative: it has expired. */
  readonly life?: number;
  /** Signed with a key that the provider does not publish. */
  readonly foreignKey?: boolean;
}

interface Grant {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | undefined;
  readonly person: OidcPerson;
}

const KEY_ID = 'stand-in';

/**
 * An OpenID Connect provider on 127.0.0.1 over plain HTTP: discovery, authorization endpoint, token endpoint and keys, with the checks that a
 * real one makes (client, redirect URI, PKCE with S256, codes that are good once). The person in front of it never hesitates: `person`
 * says who it is, and undefined refuses.
 */
export class OidcStandIn {
  readonly clientId = 'push-bouncer';
  readonly clientSecret = 'a secret of the stand-in / with + signs';
  person: OidcPerson | undefined;
  fault: OidcFault = {};
  /** Requests by their paths, in order. */
  readonly received: string[] = [];
  private readonly grants = new Map<string, Grant>();
  private readonly server: Server = createServer((request, response) => {
    this.handle(request, response).catch(() => response.destroy());
  });
  private key: SigningKey | undefined;
  private foreignKey: SigningKey | undefined;
  private publicKey: JWK | undefined;

  async start(): Promise<void> {
    const [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
    this.key = own.privateKey;
    this.foreignKey = foreign.privateKey;
    this.publicKey = { ...(await exportJWK(own.publicKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' };
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /** With a path, as those of large providers have. */
  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/tenant`;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    this.received.push(url.pathname);
    if (url.pathname === '/tenant/.well-known/openid-configuration') return json(response, this.description());
    if (url.pathname === '/tenant/keys') return json(response, { keys: [this.publicKey] });
    if (url.pathname === '/tenant/authorize') return this.authorize(url.searchParams, response);
    if (url.pathname === '/tenant/token' && request.method === 'POST') {
      return await this.token(new URLSearchParams(await text(request)), request.headers.authorization, response);
    }
    json(response, { error: 'not_found' }, 404);
  }

  /** OpenID Connect Discovery 1.0, 3. */
  private description(): object {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'email'],
    };
  }

  private authorize(asked: URLSearchParams, response: ServerResponse): void {
    const redirectUri = asked.get('redirect_uri') ?? '';
    const challenge = asked.get('code_challenge') ?? '';
    const known = asked.get('client_id') === this.clientId && asked.get('response_type') === 'code';
    const careful = asked.get('code_challenge_method') === 'S256' && challenge !== '';
    const scopes = (asked.get('scope') ?? '').split(' ');
    if (!known || !careful || !scopes.includes('openid') || !URL.canParse(redirectUri)) {
      json(response, { error: 'invalid_request' }, 400);
      return;
    }
    const back = new URL(redirectUri);
    const state = asked.get('state');
    if (state !== null) back.searchParams.set('state', state);
    if (this.person) {
      const code = randomUUID();
      this.grants.set(code, { redirectUri, challenge, nonce: asked.get('nonce') ?? undefined, person: this.person });
      back.searchParams.set('code', code);
    } else {
      back.searchParams.set('error', 'access_denied');
    }
    response.writeHead(302, { location: back.href }).end();
  }

  private async token(
    form: URLSearchParams,
    authorization: string | undefined,
    response: ServerResponse,
  ): Promise<void> {
    if (!this.isClient(authorization)) return json(response, { error: 'invalid_client' }, 401);
    const code = form.get('code') ?? '';
    const grant = this.grants.get(code);
    this.grants.delete(code);
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!grant || grant.redirectUri !== form.get('redirect_uri') || grant.challenge !== proof) {
      return json(response, { error: 'invalid_grant' }, 400);
    }
    const idToken = await this.idToken(grant);
    json(response, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 300, id_token: idToken });
  }

  private async idToken({ person, nonce }: Grant): Promise<string> {
    const { fault } = this;
    const key = fault.foreignKey ? this.foreignKey : this.key;
    if (!key) throw new Error('the stand-in was not started');
    const now = Math.floor(Date.now() / 1_000);
    const claims = { email: person.email, email_verified: person.emailVerified, nonce: fault.nonce ?? nonce };
    return await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: KEY_ID })
      .setIssuer(fault.issuer ?? this.issuer)
      .setAudience(fault.audience ?? this.clientId)
      .setSubject(person.sub)
      .setIssuedAt(now)
      .setExpirationTime(now + (fault.life ?? 300))
      .sign(key);
  }

  /** RFC 6749, 2.3.1: both parts are form-encoded before they are joined. */
  private isClient(authorization = ''): boolean {
    const [, basic = ''] = /^Basic (\S+)$/.exec(authorization) ?? [];
    const parts = Buffer.from(basic, 'base64').toString().split(':');
    const [id, secret] = parts.map((part) => new URLSearchParams(`part=${part}`).get('part'));
    return id === this.clientId && secret === this.clientSecret;
  }
}

function json(response: ServerResponse, body: object, status = 200): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}
