import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { siteOfPath, sitesOf } from '../site.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Tells forms of our own pages from those that another site made a browser send (OWASP, Cross-Site Request Forgery Prevention). */
@Injectable()
export class Forgery {
  private readonly sites;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    this.sites = sitesOf(settings);
  }

  /**
   * Lets a request pass that changes nothing, or that carries the token of a page of ours and comes from its origin.
   *
   * @throws AppError `page.forged`
   */
  async check(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (SAFE_METHODS.has(request.method)) return;
    if (!this.fromHere(request)) throw new AppError('page.forged');
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    await new Promise<void>((resolve, reject) => {
      // The plugin answers by itself where it refuses; here the error goes the way of all others.
      const refusal = Object.create(reply, { send: { value: () => reject(new AppError('page.forged')) } });
      fastify.csrfProtection(request, refusal as FastifyReply, () => resolve());
    });
  }

  private fromHere({ headers, host, raw }: FastifyRequest): boolean {
    const { origin } = headers;
    if (origin === undefined) return headers['sec-fetch-site'] !== 'cross-site';
    const site = siteOfPath(raw.url ?? '');
    if (site && origin === this.sites[site].origin) return true;
    return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
  }
}
