import { z } from 'zod';
import { AppError } from '../../common/errors.js';
import { DEFAULT_ORDER, isColumn, type UsageOrder } from './usage-columns.js';
import { STATUS_CHOICES, TIER_CHOICES, type UsageSelection } from './usage-selection.js';

const oneOf = (choices: readonly number[]) =>
  z
    .string()
    .transform(Number)
    .refine((value) => choices.includes(value));

/** An empty field of the form asks for nothing. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const usageQuery = z.object({
  plan: optional(oneOf(TIER_CHOICES)),
  status: optional(oneOf(STATUS_CHOICES)),
  version: optional(z.string().max(128)),
  stale: optional(z.literal('1')),
  over: optional(z.literal('1')),
  q: optional(z.string().max(200)),
  sort: optional(z.string().refine(isColumn)),
  dir: optional(z.enum(['asc', 'desc'])),
  page: optional(z.string().regex(/^[1-9]\d{0,6}$/)),
});

/** What the address of the usage table asks for. */
export interface UsageQuery {
  readonly selection: UsageSelection;
  readonly order: UsageOrder;
  /** The first one is 0. */
  readonly page: number;
}

/** Reads the parameters of an address. @throws AppError `http.bad-request` for values that the page does not offer */
export function readUsageQuery(parameters: unknown): UsageQuery {
  const { success, data } = usageQuery.safeParse(parameters);
  if (!success) throw new AppError('http.bad-request');
  const { plan, status, version, stale, over, q, sort, dir, page } = data;
  const text = q?.trim();
  return {
    selection: {
      ...(plan === undefined ? {} : { tier: plan }),
      ...(status === undefined ? {} : { status }),
      ...(version ? { version } : {}),
      ...(stale ? { stale: true } : {}),
      ...(over ? { overLimit: true } : {}),
      ...(text ? { text } : {}),
    },
    order: sort === undefined ? DEFAULT_ORDER : { by: sort, descending: dir === 'desc' },
    page: Number(page ?? 1) - 1,
  };
}

/** The address of a part of the table; `more` replaces what the query says. */
export function usageAddress(path: string, query: UsageQuery, more: Partial<UsageQuery> = {}): string {
  const { selection, order, page } = { ...query, ...more };
  const parameters = new URLSearchParams();
  const put = (name: string, value: string | number | undefined) => {
    if (value !== undefined) parameters.set(name, String(value));
  };
  put('plan', selection.tier);
  put('status', selection.status);
  put('version', selection.version);
  put('stale', selection.stale ? 1 : undefined);
  put('over', selection.overLimit ? 1 : undefined);
  put('q', selection.text);
  const isDefault = order.by === DEFAULT_ORDER.by && order.descending === DEFAULT_ORDER.descending;
  if (!isDefault) {
    put('sort', order.by);
    put('dir', order.descending ? 'desc' : 'asc');
  }
  put('page', page > 0 ? page + 1 : undefined);
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}
