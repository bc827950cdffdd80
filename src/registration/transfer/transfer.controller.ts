import { All, Controller, HttpCode, Inject, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Throttle } from '@nestjs/throttler';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { RateLimitGuard } from '../../protocol/rate-limit/rate-limit.guard.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import {
  type TransferRequest,
  transferSchema,
  type VerifyChallengeRequest,
  verifyChallengeSchema,
} from './transfer.schemas.js';
import { TransferService } from './transfer.service.js';

/**
 * Requests of one address in a minute. An administrator needs one; many may sit behind one address; and nobody shall read off
 * here which of a list of host names are registered.
 */
const PER_ADDRESS = { default: { limit: 30, ttl: 60_000 } };

/** Taking a registration over: for administrators who have lost their server's key. No credentials but the host itself. */
@ApiTags('Registration')
@Controller('api/v1/remotes/server/register')
@UseInterceptors(EnvelopeInterceptor)
export class TransferController {
  constructor(@Inject(TransferService) private readonly transfers: TransferService) {}

  @Post('transfer')
  @HttpCode(200)
  @UseGuards(RateLimitGuard)
  @Throttle(PER_ADDRESS)
  @ApiOperation({ summary: 'Ask for a secret that the host shows to prove itself' })
  @ApiOkResponse({ description: '`verification_secret`, good for 10 seconds' })
  async transfer(@FormParameters(transferSchema) { hostname }: TransferRequest) {
    return { verification_secret: await this.transfers.begin(hostname) };
  }

  @All('verify_challenge')
  @ApiOperation({ summary: 'Have the host asked for the secret, and get its registration with a new key' })
  @ApiOkResponse({ description: '`zulip_org_id` and `zulip_org_key`' })
  async verifyChallenge(@FormParameters(verifyChallengeSchema) request: VerifyChallengeRequest) {
    const { uuid, key } = await this.transfers.complete(request);
    return { zulip_org_id: uuid, zulip_org_key: key };
  }
}
