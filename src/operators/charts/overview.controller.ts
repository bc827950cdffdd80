import { Get, Inject, Query, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { AppError } from '../../common/errors.js';
import { chartHtml } from '../../sessions/charts/chart-html.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { bothSlashes } from '../login/both-slashes.js';
import { OperatorGuard } from '../login/operator.guard.js';
import { View } from '../login/operator-marks.js';
import { ServiceCharts } from './service-charts.js';

/** Days that can be looked back over. */
const SPANS = [30, 90, 365] as const;
const DEFAULT_SPAN = 90;

const query = z.object({
  days: z
    .string()
    .transform(Number)
    .refine((days) => SPANS.some((span) => span === days))
    .default(DEFAULT_SPAN),
});

/** How the whole service goes, over time. */
@BrowserController('activity')
@UseGuards(OperatorGuard)
@View()
export class OverviewController {
  constructor(@Inject(ServiceCharts) private readonly charts: ServiceCharts) {}

  @Get(bothSlashes())
  async show(@Query() parameters: unknown): Promise<Page> {
    const { success, data } = query.safeParse(parameters);
    if (!success) throw new AppError('http.bad-request');
    const charts = await this.charts.ofDays(data.days);
    return page('operators/overview', 'Overview', {
      spans: SPANS.map((days) => ({ days, current: days === data.days })),
      charts: charts.map(chartHtml),
    });
  }
}
