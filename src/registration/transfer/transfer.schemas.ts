import { z } from 'zod';

/** Fields of `server/register/transfer`. */
export const transferSchema = z.object({
  hostname: z.string().describe('Host name of the registration that is to be taken over'),
});

/** Fields of `server/register/verify_challenge`, in the order in which they are examined. */
export const verifyChallengeSchema = z.object({
  hostname: z.string().describe('Host name of the registration'),
  access_token: z.string().describe('By which the host knows that it is asked for its own sake'),
});

export type TransferRequest = z.output<typeof transferSchema>;
export type VerifyChallengeRequest = z.output<typeof verifyChallengeSchema>;
