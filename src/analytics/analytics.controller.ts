import { Controller, Get, HttpCode, Inject, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBasicAuth, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Settings } from '../config/settings.js';
import { SETTINGS } from '../config/settings.module.js';
import { EnvelopeInterceptor } from '../protocol/envelope.interceptor.js';
import { ExactAnswerInterceptor } from '../protocol/exact-answer.interceptor.js';
import { READS_OWN_BODY, readOwnBody } from '../protocol/own-body.hook.js';
import { formFields, notesOf } from '../protocol/request.js';
import { FormParameters } from '../protocol/wire-parameters.decorator.js';
import { AuthenticatedServer, ServerAuthGuard } from '../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../registration/servers/server-directory.js';
import { AnalyticsService, type RealmPushStatus } from './analytics.service.js';
import { CountProperties } from './count-properties.js';
import { parseLargeForm } from './large-form.js';
import { Turns } from './turns.js';
import { UploadGate } from './upload.gate.js';
import { readUpload, type Upload } from './upload.reader.js';
import { uploadForm } from './upload.schemas.js';

/** As for all bodies. */
const BODY_LIMIT = 25 * 1024 * 1024;

/** How long a body may take to arrive once it is its turn. */
const BODY_MILLIS = 60_000;

const KNOWN = new Set(Object.keys(uploadForm.shape));

const { $schema: _, ...formSchema } = z.toJSONSchema(uploadForm, {
  target: 'openapi-3.0',
  io: 'input',
  unrepresentable: 'any',
});

/** What servers report of themselves. */
@ApiTags('Analytics')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/server')
@UseGuards(ServerAuthGuard)
@UseInterceptors(ExactAnswerInterceptor, EnvelopeInterceptor)
export class AnalyticsController {
  private readonly properties: CountProperties;
  private readonly gate = new UploadGate();
  private parsing: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(AnalyticsService) private readonly analytics: AnalyticsService,
    @Inject(SETTINGS) { analytics: settings }: Settings,
  ) {
    const unknown = settings.unknownProperties === 'tolerate' ? 'skip' : 'refuse';
    this.properties = new CountProperties(settings.extraProperties, unknown);
  }

  @Get('analytics/status')
  @ApiOperation({ summary: 'Numbers of the last rows that the server has uploaded' })
  async status(
    @AuthenticatedServer() server: KnownServer,
    @FormParameters(z.object({})) _parameters: object,
  ): Promise<Record<string, bigint>> {
    const marks = await this.analytics.marks(server.id);
    return {
      last_realm_count_id: marks.realmCountId,
      last_installation_count_id: marks.installationCountId,
      last_realmauditlog_id: marks.realmAuditLogId,
    };
  }

  @Post('analytics')
  @HttpCode(200)
  @RouteConfig(READS_OWN_BODY)
  @ApiOperation({ summary: 'Upload versions, realms, user counts and statistics' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ schema: formSchema as object, required: true })
  upload(
    @AuthenticatedServer() server: KnownServer,
    @Req() request: FastifyRequest,
  ): Promise<{ realms: Record<string, RealmPushStatus> }> {
    return this.gate.pass(server.id, async () => {
      const upload = await this.read(request);
      return { realms: await this.analytics.accept(server.id, upload) };
    });
  }

  private async read(request: FastifyRequest): Promise<Upload> {
    const query = formFields(request);
    const body = await readOwnBody(request, BODY_LIMIT, BODY_MILLIS);
    return this.parseAlone(async () => {
      const turns = new Turns();
      const fields = Object.assign(query, await parseLargeForm(body, turns));
      notesOf(request).ignoredParameters = Object.keys(fields)
        .filter((name) => !KNOWN.has(name))
        .sort();
      return readUpload(fields, this.properties, turns);
    });
  }

  /** One at a time: several would take their turns in the same round of the event loop, one behind the other, and be no sooner done. */
  private parseAlone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.parsing.then(work);
    this.parsing = result.catch(() => undefined);
    return result;
  }
}
