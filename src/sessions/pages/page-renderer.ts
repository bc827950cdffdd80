import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { type SiteName, siteOfPath, sitesOf } from '../site.js';
import { takeFlash } from './flash.js';
import type { Page } from './page.js';

/** One link of the navigation. */
export interface NavigationLink {
  readonly address: string;
  readonly label: string;
}

/** What stands around a page: who is logged in, and where else one can go. */
export interface Surroundings {
  readonly navigation: readonly NavigationLink[];
  /** For whom the page is: host, organization or operator; absent while nobody is logged in. */
  readonly identity?: string;
  /** Where the log-out form posts to. */
  readonly logOutAddress?: string;
}

const surroundings = new WeakMap<FastifyRequest, Surroundings>();

/** Notes what stands around the pages of this request; guards call it once they know who is there. */
export function surround(request: FastifyRequest, around: Surroundings): void {
  surroundings.set(request, around);
}

/** Renders pages in the one layout. */
@Injectable()
export class PageRenderer {
  private readonly sites;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.sites = sitesOf(settings);
  }

  /** The page as HTML; sets status and type of the answer, and hands out the token for its forms. */
  async render(request: FastifyRequest, reply: FastifyReply, { view, title, data, status }: Page): Promise<string> {
    const site: SiteName = siteOfPath(request.raw.url ?? '') ?? 'portal';
    const around = surroundings.get(request);
    const path = request.raw.url?.split('?', 1)[0] ?? '';
    reply.status(status).header('Content-Type', 'text/html; charset=utf-8');
    return reply.viewAsync(view, {
      ...data,
      title,
      site,
      isOperator: site === 'operator',
      csrf: reply.generateCsrf({ secure: this.sites[site].secure }),
      flash: takeFlash(request),
      identity: around?.identity,
      logOutAddress: around?.logOutAddress,
      navigation:
        around?.navigation.map((link) => ({ ...link, current: unslashed(link.address) === unslashed(path) })) ?? [],
      supportEmail: this.settings.mail.supportEmail,
      billingEmail: this.settings.mail.billingEmail,
    });
  }
}

/** Pages answer with and without a slash at their end. */
function unslashed(path: string): string {
  return path.replace(/\/$/, '');
}
