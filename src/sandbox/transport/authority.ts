import { generate } from 'selfsigned';

/** A key and its certificate, both PEM. */
export interface CertificatePair {
  readonly key: string;
  readonly cert: string;
}

/** An authority as plain data. */
export interface SavedAuthority {
  readonly ca: CertificatePair;
  readonly server: CertificatePair;
}

const DAY_MS = 86_400_000;

/**
 * A private certificate authority for the stand-ins, made on the spot and gone with the process. Clients are pointed at
 * {@link Authority.caPem}, in Node by a file named in `NODE_EXTRA_CA_CERTS`.
 */
export class Authority {
  private constructor(
    private readonly ca: CertificatePair,
    /** Certificate and key for `localhost` and `127.0.0.1`. */
    readonly server: CertificatePair,
  ) {}

  /** PEM certificate that clients must trust. */
  get caPem(): string {
    return this.ca.cert;
  }

  /** Makes the authority and one server certificate. */
  static async create(): Promise<Authority> {
    const made = await generate([{ name: 'commonName', value: 'Push Bouncer sandbox authority' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ...validity(),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    const ca = { key: made.private, cert: made.cert };
    return new Authority(ca, await issue(ca, 'localhost', 'server'));
  }

  /** An authority that was made before, in this process or another; see `save`. */
  static restore(saved: SavedAuthority): Authority {
    return new Authority(saved.ca, saved.server);
  }

  /** Everything it takes to go on with this authority elsewhere, private keys included. */
  save(): SavedAuthority {
    return { ca: this.ca, server: this.server };
  }

  /** A client certificate of this authority, as Apple issues them for an app (its name is the app's topic). */
  createClientCertificate(commonName: string): Promise<CertificatePair> {
    return issue(this.ca, commonName, 'client');
  }
}

/** From yesterday, so that a client whose clock is a little behind still accepts it. */
function validity() {
  const now = Date.now();
  return { notBeforeDate: new Date(now - DAY_MS), notAfterDate: new Date(now + 365 * DAY_MS) };
}

async function issue(ca: CertificatePair, commonName: string, use: 'server' | 'client'): Promise<CertificatePair> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca,
    ...validity(),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      use === 'server' ? { name: 'extKeyUsage', serverAuth: true } : { name: 'extKeyUsage', clientAuth: true },
      {
        name: 'subjectAltName',
        altNames:
          use === 'server'
            ? [
                { type: 2, value: 'localhost' },
                { type: 7, ip: '127.0.0.1' },
              ]
            : [{ type: 2, value: commonName }],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
