import { Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { AppError, type ErrorName } from '../../common/errors.js';
import { PushHistory } from '../../registration/counts/push-history.js';
import type { Chart } from '../../sessions/charts/chart.js';
import { chartHtml } from '../../sessions/charts/chart-html.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { bothSlashes } from '../login/both-slashes.js';
import { OperatorGuard } from '../login/operator.guard.js';
import { View } from '../login/operator-marks.js';
import { isDay } from './chart-range.js';
import { ChartSubjectReadModel } from './chart-subject.read-model.js';
import { type ChartProblem, EntityCharts, type WantedRange } from './entity-charts.js';

const SERVER = ':serverId/installation';
const REALM = ':serverId/realm/:realmId';

const day = z.preprocess((value) => (value === '' ? undefined : value), z.string().refine(isDay).optional());
const range = z.object({ start: day, end: day });
const order = range.extend({ chart: z.string() });

const ERRORS: Readonly<Record<ChartProblem, ErrorName>> = {
  'unknown-chart': 'chart.unknown',
  'start-after-end': 'chart.start-after-end',
  'no-data': 'chart.no-data',
};

interface Address {
  readonly serverId: string;
  readonly realmId?: string;
}

/** Charts of one server or organization: a page of all of them, and each as data. */
@BrowserController('stats/remote')
@UseGuards(OperatorGuard)
@View()
export class StatsController {
  constructor(
    @Inject(ChartSubjectReadModel) private readonly subjects: ChartSubjectReadModel,
    @Inject(EntityCharts) private readonly charts: EntityCharts,
    @Inject(PushHistory) private readonly pushes: PushHistory,
  ) {}

  @Get([...bothSlashes(SERVER), ...bothSlashes(REALM)])
  async show(@Param() { serverId, realmId }: Address, @Query() parameters: unknown): Promise<Page> {
    const subject = await this.subjects.find(serverId, realmId);
    const wanted = read(range, parameters);
    const pushes = await this.charts.ofPushes(subject.registrant, toRange(wanted));
    const counts = await this.charts.ofCounts(subject.registrant, toRange(wanted));
    const isWrong = 'problem' in pushes || ('problem' in counts && counts.problem === 'start-after-end');
    return page(
      'operators/stats',
      `Usage of ${subject.name}`,
      {
        ...subject,
        isRealm: realmId !== undefined,
        lastPush: await this.pushes.lastDay(subject.registrant),
        ...wanted,
        isWrong,
        hasNoCounts: 'problem' in counts && !isWrong,
        charts: [...drawn(pushes), ...drawn(counts)],
        support: `/activity/remote/support?${new URLSearchParams({ q: subject.serverHost })}`,
      },
      isWrong ? 400 : 200,
    );
  }

  /** One chart as data: its series, with a value for each day, or for each week where there are many. */
  @Get([...bothSlashes(`${SERVER}/data`), ...bothSlashes(`${REALM}/data`)])
  async data(@Param() { serverId, realmId }: Address, @Query() parameters: unknown): Promise<object> {
    const { registrant } = await this.subjects.find(serverId, realmId);
    const { chart, ...wanted } = read(order, parameters);
    const answer = await this.charts.one(chart, registrant, toRange(wanted));
    if ('problem' in answer) throw new AppError(ERRORS[answer.problem]);
    const { id, title, series } = answer;
    return { result: 'success', msg: '', chart: id, title, series };
  }
}

function drawn(charts: readonly Chart[] | { readonly problem: ChartProblem }): string[] {
  return 'problem' in charts ? [] : charts.map(chartHtml);
}

function read<T extends z.ZodType>(schema: T, parameters: unknown): z.output<T> {
  const { success, data } = schema.safeParse(parameters);
  if (!success) throw new AppError('http.bad-request');
  return data;
}

function toRange({ start, end }: { start?: string | undefined; end?: string | undefined }): WantedRange {
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}
