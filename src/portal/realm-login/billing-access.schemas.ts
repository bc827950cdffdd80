import { z } from 'zod';
import { realmList } from '../../analytics/upload.schemas.js';
import type { Json } from '../../protocol/json-text.js';
import { jsonField, uuid } from '../../protocol/wire-types.js';
import { NEXT_PAGES } from '../identity/next-page.js';

const user = z.object({
  uuid: uuid().describe('UUID of the user'),
  email: z.string().max(254).describe('Proposed as the address to confirm'),
  full_name: z.string().max(100).describe('Proposed as the name'),
});

/** As uploads describe it; only the UUID is needed. What JSON text holds is never undefined, which the type cannot say. */
const realm = realmList.element.partial().extend({ uuid: realmList.element.shape.uuid }) as unknown as z.ZodType<
  { uuid: string },
  Json
>;

/** What a server tells of the user who wants to manage the plan of an organization. */
export const billingAccessForm = z.object({
  user: jsonField(user).describe('JSON object: who asks'),
  realm: jsonField(realm).describe('JSON object: the organization, as in uploads'),
  uri_scheme: z
    .enum(['http://', 'https://'])
    .default('https://')
    .describe("How the organization's own address is reached"),
  next_page: z.enum(NEXT_PAGES).optional().describe('Page to go to after the login'),
});

export type BillingAccess = z.output<typeof billingAccessForm>;
