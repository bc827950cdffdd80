import { z } from 'zod';

const counts = z.record(z.string(), z.number());
const connections = z.object({ open: z.number(), idle: z.number(), waiting: z.number(), limit: z.number() });

const provider = z.object({
  /** Absent: there are no credentials. */
  credentials: z
    .object({
      kind: z.enum(['signing-key', 'certificate', 'service-account']),
      keyId: z.string().optional(),
      expiresAt: z.coerce.date().optional(),
      tokenAgeSeconds: z.number().optional(),
    })
    .optional(),
  breaker: z.object({ state: z.enum(['closed', 'open', 'half-open']), opened: z.number(), remainingMs: z.number() }),
  sessions: z.number(),
  connecting: z.number(),
  streams: z.number(),
  capacity: z.number(),
  waiting: z.number(),
  /** Of the last five minutes. */
  traffic: z.object({ answers: counts, unanswered: counts, latencies: z.array(z.number()) }),
});

/** What a process knows of itself, as it stands in the database. What others write is checked: they may be of another version. */
export const nodeReportSchema = z.object({
  apns: provider,
  fcm: provider,
  database: z.object({ hot: connections, cold: connections }),
  notifications: z.object({ inFlight: z.number(), limit: z.number(), shed: z.number() }),
  /** Apps of which so many devices were called dead at once that none is deleted. */
  guardedApps: z.array(z.string()),
  redis: z.enum(['unused', 'answers', 'silent']),
  memoryBytes: z.number(),
});

export type NodeReport = z.output<typeof nodeReportSchema>;
export type ProviderReport = NodeReport['apns'];
