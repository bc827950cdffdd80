import { Get, Inject, Logger, Query, StreamableFile, UseGuards } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { safeDescription } from '../../protocol/error-description.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { bothSlashes } from '../login/both-slashes.js';
import { OperatorGuard } from '../login/operator.guard.js';
import { View } from '../login/operator-marks.js';
import { UsageReadModel } from './usage.read-model.js';
import { usageCsv } from './usage-csv.js';
import { readUsageQuery } from './usage-query.js';
import { usageView } from './usage-view.js';

/** The table of everybody who uses the service, as a page and as CSV. */
@BrowserController('activity')
@UseGuards(OperatorGuard)
@View()
export class UsageController {
  private readonly logger = new Logger(UsageController.name);

  constructor(
    @Inject(UsageReadModel) private readonly usage: UsageReadModel,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get(bothSlashes('remote'))
  async table(@Query() parameters: unknown): Promise<Page> {
    const query = readUsageQuery(parameters);
    const found = await this.usage.page(query.selection, query.order, query.page);
    return page(
      'operators/usage',
      'Servers and organizations',
      usageView(found, query, this.usage.limits().staleBefore),
    );
  }

  /** All rows of the selection, however many. */
  @Get('remote.csv')
  csv(@Query() parameters: unknown): StreamableFile {
    const { selection, order } = readUsageQuery(parameters);
    const content = usageCsv(this.usage.stream(selection, order), (error) =>
      this.logger.warn('the usage table could not be sent to its end', { error: safeDescription(error) }),
    );
    const day = this.clock.now().toISOString().slice(0, 10);
    return new StreamableFile(content, {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="usage-${day}.csv"`,
    });
  }
}
