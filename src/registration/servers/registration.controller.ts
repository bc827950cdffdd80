import { Controller, HttpCode, Inject, Post, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { type RegisterRequest, registerSchema } from './registration.schemas.js';
import { RegistrationService } from './registration.service.js';

/** Registration of Zulip servers; no credentials but those in the form. */
@ApiTags('Registration')
@Controller('api/v1/remotes/server')
@UseInterceptors(EnvelopeInterceptor)
export class RegistrationController {
  constructor(@Inject(RegistrationService) private readonly registration: RegistrationService) {}

  @Post('register')
  @HttpCode(200)
  @ApiOperation({ summary: 'Register a server, update its host name and contact, or rotate its key' })
  @ApiOkResponse({ description: '`created`: whether the registration is new' })
  async register(@FormParameters(registerSchema) request: RegisterRequest): Promise<{ created: boolean }> {
    return { created: await this.registration.register(request) };
  }
}
