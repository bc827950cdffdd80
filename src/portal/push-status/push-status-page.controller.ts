import { Get, Inject, UseGuards } from '@nestjs/common';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { PushRemark } from '../../push/status/push-remarks.js';
import { type PushStatus, PushStatuses } from '../../push/status/push-statuses.js';
import { chartHtml } from '../../sessions/charts/chart-html.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { pushCharts } from './push-charts.js';

const BADGES = {
  ok: { kind: 'ok', text: 'fine' },
  warning: { kind: 'warn', text: 'attention' },
  problem: { kind: 'bad', text: 'problem' },
} as const satisfies Record<PushRemark['severity'], object>;

/** Why pushes arrive, or do not: what an administrator is asked first. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class PushStatusPageController {
  constructor(
    @Inject(PushStatuses) private readonly statuses: PushStatuses,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get(withSlash('push-status'))
  async show(@CurrentEntity() { kind, holder, serverId, host, base }: PortalEntity): Promise<Page> {
    const realmId = 'realmId' in holder ? holder.realmId : undefined;
    const status = await this.statuses.of({ serverId, realmId });
    if (!status) throw new AppError('http.not-found');
    return page('portal/push-status', `Push status of ${host}`, {
      isServer: kind === 'server',
      base,
      status,
      remarks: status.remarks.map((remark) => ({ ...remark, badge: BADGES[remark.severity] })),
      members: status.people.users - status.people.guests,
      totals: totalsOf(status),
      docsAddress: `${this.settings.http.publicUrl}/api/docs`,
      charts: pushCharts(status.days).map(chartHtml),
    });
  }
}

function totalsOf({ days }: PushStatus) {
  const sum = (value: (day: (typeof days)[number]) => number) => days.reduce((total, day) => total + value(day), 0);
  return { days: days.length, received: sum(({ received }) => received), delivered: sum(({ delivered }) => delivered) };
}
