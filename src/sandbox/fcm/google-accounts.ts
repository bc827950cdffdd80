import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';
import type { Clock } from '../../common/clock.js';

/** A service-account key file, as Google's console hands it out. */
export interface ServiceAccount {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  /** PKCS #8, PEM, RSA 2048. */
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly universe_domain: string;
}

/** Answer of the token endpoint (RFC 6749, 5). */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Google's public token endpoint: client libraries that ignore `token_uri` still name it as the audience. */
const GOOGLE_AUDIENCES = ['https://oauth2.googleapis.com/token', 'https://www.googleapis.com/oauth2/v4/token'];
const SCOPES = ['https://www.googleapis.com/auth/firebase.messaging', 'https://www.googleapis.com/auth/cloud-platform'];
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Google's side of "OAuth 2.0 for server-to-server applications": a signed assertion (RFC 7523) buys a bearer token. */
export class GoogleAccounts {
  private readonly accounts = new Map<string, { readonly publicKey: KeyObject; readonly project: string }>();
  private readonly bearers = new Map<string, { readonly project: string; readonly expires: number }>();
  /** Bearer tokens handed out so far. */
  issued = 0;

  constructor(
    private readonly clock: Clock,
    private readonly lifeSeconds: number,
  ) {}

  /** Makes an account with its key. */
  create(project: string, tokenUri: string): ServiceAccount {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const email = `sandbox-${randomUUID().slice(0, 8)}@${project}.iam.gserviceaccount.com`;
    this.accounts.set(email, { publicKey, project });
    return {
      type: 'service_account',
      project_id: project,
      private_key_id: randomBytes(20).toString('hex'),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: email,
      client_id: '100000000000000000000',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: tokenUri,
      universe_domain: 'googleapis.com',
    };
  }

  /** All bearer tokens handed out so far are worthless from now on. */
  revokeTokens(): void {
    this.bearers.clear();
  }

  /** The project a bearer token is good for, undefined when it is good for nothing. */
  projectOf(authorization: string | undefined): string | undefined {
    const bearer = this.bearers.get(/^bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
    return bearer && bearer.expires > this.clock.millis() ? bearer.project : undefined;
  }

  /** Answers one form-encoded request to the token endpoint. */
  async exchange(form: string, tokenUri: string): Promise<TokenAnswer> {
    const fields = new URLSearchParams(form);
    if (fields.get('grant_type') !== GRANT) {
      return refused('unsupported_grant_type', `Invalid grant_type: ${fields.get('grant_type') ?? ''}`);
    }
    const problem = await this.check(fields.get('assertion') ?? '', tokenUri);
    if (typeof problem === 'string') return refused('invalid_grant', problem);
    const token = `ya29.sandbox-${randomBytes(24).toString('base64url')}`;
    this.bearers.set(token, { project: problem.project, expires: this.clock.millis() + this.lifeSeconds * 1000 });
    this.issued += 1;
    return { status: 200, body: { access_token: token, expires_in: this.lifeSeconds, token_type: 'Bearer' } };
  }

  private async check(assertion: string, tokenUri: string): Promise<{ project: string } | string> {
    try {
      const account = this.accounts.get(decodeJwt(assertion).iss ?? '');
      if (!account) return 'Invalid grant: account not found';
      const { payload } = await jwtVerify(assertion, account.publicKey, {
        algorithms: ['RS256'],
        audience: [tokenUri, ...GOOGLE_AUDIENCES],
        requiredClaims: ['iat', 'exp'],
        currentDate: this.clock.now(),
        clockTolerance: 60,
      });
      if ((payload.exp ?? 0) - (payload.iat ?? 0) > 3600) {
        return 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.';
      }
      const scopes = String(payload['scope'] ?? '').split(' ');
      return scopes.some((scope) => SCOPES.includes(scope))
        ? account
        : 'Invalid OAuth scope or ID token audience provided.';
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return 'Invalid JWT Signature.';
      if (error instanceof errors.JOSEError) return `Invalid JWT: ${error.code}`;
      throw error;
    }
  }
}

function refused(error: string, description: string): TokenAnswer {
  return { status: 400, body: { error, error_description: description } };
}
