import { z } from 'zod';
import { AppError } from '../../common/errors.js';

/** An event of the merged log that a page ends with; the next page begins behind it. */
export interface LogPlace {
  /** ISO 8601, to the microsecond. */
  readonly time: string;
  /** 2: an event of the server, 1: of one of its organizations. */
  readonly rank: 1 | 2;
  readonly id: string;
}

/** Which part of the log is shown. */
export interface LogQuery {
  /** What the service itself noted, without what the server reported of its users. */
  readonly notedOnly: boolean;
  readonly before: LogPlace | undefined;
}

const PLACE = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z)([12])-(\d{1,18})$/;

const parameters = z.object({
  only: z.literal('noted').optional(),
  before: z
    .string()
    .regex(PLACE)
    .refine((text) => !Number.isNaN(Date.parse(text.slice(0, 27))))
    .optional(),
});

/** Reads the parameters of an address of the log. @throws AppError `http.bad-request` for what no link of it says */
export function readLogQuery(query: unknown): LogQuery {
  const { success, data } = parameters.safeParse(query);
  if (!success) throw new AppError('http.bad-request');
  const [, time = '', rank = '1', id = ''] = PLACE.exec(data.before ?? '') ?? [];
  const before = data.before === undefined ? undefined : ({ time, rank: rank === '2' ? 2 : 1, id } as const);
  return { notedOnly: data.only === 'noted', before };
}

/** The address of a part of the log. */
export function logAddress(serverUuid: string, { notedOnly, before }: LogQuery): string {
  const query = new URLSearchParams({
    ...(notedOnly ? { only: 'noted' } : {}),
    ...(before ? { before: `${before.time}${before.rank}-${before.id}` } : {}),
  }).toString();
  return `/activity/remote/logs/server/${serverUuid}/${query === '' ? '' : `?${query}`}`;
}
