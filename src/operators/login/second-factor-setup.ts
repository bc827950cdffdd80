import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { toString as toSvg } from 'qrcode';
import type { ProvenFactor } from '../accounts/credentials.service.js';
import type { KnownOperator } from '../accounts/known-operator.js';
import { SecondFactors } from '../accounts/second-factors.js';
import { totpAddress } from '../accounts/totp.js';

declare module 'fastify' {
  interface Session {
    /** The secret of a second factor that is being set up, sealed. */
    secondFactorSetup?: string;
  }
}

/** What the page shows of a second factor that is being set up. */
export interface SetupView {
  /** In groups of four, for typing. */
  readonly secret: string;
  /** Address of the QR code, as data: an SVG. */
  readonly qrCode: string;
}

/** The way of a new second factor into an authenticator app: the secret waits in the session until a code proves that it arrived. */
@Injectable()
export class SecondFactorSetup {
  constructor(@Inject(SecondFactors) private readonly secondFactors: SecondFactors) {}

  /** The secret as a page shows it; the same one until it is enrolled, however often the page is opened. */
  async show(request: FastifyRequest, { id, email }: KnownOperator): Promise<SetupView> {
    let secret = await this.waiting(request, id);
    if (secret === undefined) {
      request.session.secondFactorSetup = await this.secondFactors.prepare(id);
      secret = (await this.waiting(request, id)) ?? '';
    }
    const svg = await toSvg(totpAddress(secret, email), { type: 'svg', margin: 2, errorCorrectionLevel: 'M' });
    return {
      secret: secret.match(/.{1,4}/g)?.join(' ') ?? secret,
      qrCode: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
    };
  }

  /** The secret that was shown, where the code is one of it; undefined otherwise. */
  async prove(request: FastifyRequest, { id }: KnownOperator, code: string): Promise<ProvenFactor | undefined> {
    const secret = await this.waiting(request, id);
    const step = secret === undefined ? undefined : this.secondFactors.provenStep(secret, code);
    return secret !== undefined && step !== undefined ? { secret, step } : undefined;
  }

  private async waiting({ session }: FastifyRequest, operatorId: string): Promise<string | undefined> {
    if (session.secondFactorSetup === undefined) return undefined;
    return await this.secondFactors.prepared(operatorId, session.secondFactorSetup);
  }
}
