import { z } from 'zod';

/** Fields of `server/register`, in the order in which they are examined. */
export const registerSchema = z.object({
  zulip_org_id: z.string().length(36).describe('UUID of the server, version 4, in canonical form'),
  zulip_org_key: z.string().length(64).describe('Key of the server'),
  hostname: z.string().max(128).describe('Host name of the server, with its port where that is not 443'),
  contact_email: z.string().describe("E-mail address of the server's administrator"),
  new_org_key: z.string().length(64).optional().describe('New key, to replace the old one'),
});

export type RegisterRequest = z.output<typeof registerSchema>;
