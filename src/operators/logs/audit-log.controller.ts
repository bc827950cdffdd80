import { Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { AppError } from '../../common/errors.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { bothSlashes } from '../login/both-slashes.js';
import { OperatorGuard } from '../login/operator.guard.js';
import { View } from '../login/operator-marks.js';
import { AuditLogReadModel } from './audit-log.read-model.js';
import { logAddress, readLogQuery } from './audit-log-query.js';
import { eventView } from './event-view.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What happened to a server and its organizations. */
@BrowserController('activity/remote/logs/server')
@UseGuards(OperatorGuard)
@View()
export class AuditLogController {
  constructor(@Inject(AuditLogReadModel) private readonly log: AuditLogReadModel) {}

  @Get(bothSlashes(':uuid'))
  async show(@Param('uuid') uuid: string, @Query() parameters: unknown): Promise<Page> {
    const server = UUID.test(uuid) ? await this.log.server(uuid) : undefined;
    if (!server) throw new AppError('http.not-found');
    const query = readLogQuery(parameters);
    const { rows, next } = await this.log.page(server.id, query);
    const at = (more: Partial<typeof query>) => logAddress(server.uuid, { ...query, before: undefined, ...more });
    return page('operators/audit-log', `Audit log of ${server.host}`, {
      server,
      support: `/activity/remote/support?${new URLSearchParams({ q: server.uuid })}`,
      events: rows.map(eventView),
      notedOnly: query.notedOnly,
      all: at({ notedOnly: false }),
      noted: at({ notedOnly: true }),
      newest: query.before ? at({}) : undefined,
      older: next ? at({ before: next }) : undefined,
    });
  }
}
