import { z } from 'zod';
import { AppError } from '../../common/errors.js';

/** What is looked for, and which page of the servers found; the first one is 0. */
export interface SupportQuery {
  /** As it was typed, without the spaces around it; empty: nothing is looked for. */
  readonly text: string;
  readonly page: number;
}

export const SUPPORT_PATH = '/activity/remote/support';

const parameters = z.object({
  q: z.string().max(254).optional(),
  page: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .optional(),
});

/** Reads the parameters of an address of the support page. @throws AppError `http.bad-request` for what no link of it says */
export function readSupportQuery(query: unknown): SupportQuery {
  const { success, data } = parameters.safeParse(query);
  if (!success) throw new AppError('http.bad-request');
  return { text: data.q?.trim() ?? '', page: Number(data.page ?? 1) - 1 };
}

/** The address of a page of what a search finds. */
export function supportAddress(text: string, page = 0): string {
  return `${SUPPORT_PATH}?${new URLSearchParams({ q: text, ...(page > 0 ? { page: String(page + 1) } : {}) })}`;
}

/** How a search is carried out; `text` is lower case. */
export type Search = { readonly by: 'email' | 'uuid' | 'name'; readonly text: string };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What has an @ is an address, what looks like a UUID is one, and everything else is a part of a host or a name. */
export function searchOf(text: string): Search {
  const lower = text.toLowerCase();
  if (UUID.test(lower)) return { by: 'uuid', text: lower };
  return { by: lower.includes('@') ? 'email' : 'name', text: lower };
}
