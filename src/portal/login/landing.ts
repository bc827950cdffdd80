import { Inject, Injectable } from '@nestjs/common';
import { landingPage } from '../../plans/overview/page-targets.js';
import { PlanOverviews } from '../../plans/overview/plan-overviews.js';
import { type Redirect, redirect } from '../../sessions/pages/page.js';
import type { NextPage } from '../identity/next-page.js';
import type { FoundEntity } from '../identity/portal-entities.js';

/** Where somebody goes who has logged in: the page they asked for, or the one that fits their plan. */
@Injectable()
export class Landing {
  constructor(@Inject(PlanOverviews) private readonly overviews: PlanOverviews) {}

  async after({ kind, uuid, holder }: FoundEntity, next: NextPage | undefined): Promise<Redirect> {
    const base = `/${kind}/${uuid}`;
    if (next) return redirect(`${base}/${next}/`);
    const overview = await this.overviews.of(holder);
    return redirect(`${base}/${overview ? landingPage(overview) : 'plans'}/`);
  }
}
