import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addMonths } from '../../src/plans/rules/calendar.js';
import { LICENSES, PRICE, seedDuePlans, stripeCustomers } from './invoicing/due-plans.js';
import type { Run } from './invoicing/invoicer.js';
import { type StripeProcess, startStripe } from './invoicing/stripe-process.js';
import { Cleanup } from './parts/cleanup.js';
import { CpuMeter } from './parts/cpu.js';
import { type BenchDatabase, startDatabase } from './parts/database.js';
import { Part } from './parts/part.js';
import { progress, report } from './parts/report.js';

const KEY = 'sk_test_bench';
const SINCE = new Date('2026-01-15T12:00:00Z');
const DUE = addMonths(SINCE, 1);
/** About as long as Stripe takes for a request. */
const DISTANCE_MS = 300;
const FAR = 400;

interface Figures {
  readonly perMinute: number;
  readonly cpu: number;
  readonly databaseCpu: number;
}

/**
 * The invoicing job over plans that are due, each a renewal by card: a draft, a line, the final invoice. How fast it is over few and over
 * many of them, with a stand-in for Stripe that answers at once, and over some with one that is as far away as Stripe.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { few: { type: 'string', default: '1000' }, many: { type: 'string', default: '10000' } },
  });
  const [few, many] = [Number(values.few), Number(values.many)];
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'push-bouncer-bench-'));
    cleanup.add(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
    await chmod(directory, 0o711);
    const database = await startDatabase(directory, cleanup);
    const stripe = await startStripe(KEY, cleanup);
    const invoicer = Part.start(new URL('invoicing/invoicer.js', import.meta.url));
    cleanup.add(() => invoicer.stop());
    const env = {
      DATABASE_URL: database.url,
      DATA_DIR: directory,
      SESSION_SECRET: 'for-benchmarks-only-and-long-enough-to-be-taken-for-a-secret',
      STRIPE_SECRET_KEY: KEY,
      STRIPE_API_ORIGIN: stripe.origin,
    };
    await invoicer.call('start', { env, directory });
    const sides = { database, stripe, invoicer };
    progress('warming up');
    await measure(sides, 200);
    progress(`${few} plans`);
    const a = await measure(sides, few);
    progress(`${many} plans`);
    const b = await measure(sides, many);
    progress(`${FAR} plans, Stripe far away`);
    const c = await measure(sides, FAR, DISTANCE_MS);
    report(
      'invoicing',
      [`${few} plans`, `${many} plans`, `${FAR} plans, Stripe ${DISTANCE_MS} ms away`],
      [
        { what: 'plans/minute', figures: [a.perMinute, b.perMinute, c.perMinute] },
        { what: 'CPU of the process, ms each', figures: [a.cpu, b.cpu, c.cpu] },
        { what: 'CPU of the database, ms each', figures: [a.databaseCpu, b.databaseCpu, c.databaseCpu] },
      ],
      [{ what: 'plans/minute, many to few', value: b.perMinute / a.perMinute, least: 0.8 }],
    );
  });
}

interface Sides {
  readonly database: BenchDatabase;
  readonly stripe: StripeProcess;
  readonly invoicer: Part;
}

/** Makes so many plans due and invoices them; all of them, each once. */
async function measure(sides: Sides, plans: number, distanceMs?: number): Promise<Figures> {
  const { database, stripe, invoicer } = sides;
  const before = await invoices(database);
  const stripeIds = await stripeCustomers(stripe.origin, KEY, plans);
  await seedDuePlans(database.pool, { stripeIds, since: SINCE, due: DUE, byCard: true });
  if (distanceMs) await stripe.command({ do: 'fault', kind: 'delay-before', times: 1_000_000, delayMs: distanceMs });
  const meter = new CpuMeter([invoicer.pid]);
  const databaseMeter = new CpuMeter(await database.pids());
  const { seconds, done, failed } = await invoicer.call<Run>('run', { asOf: DUE.toISOString() });
  const [cpu, databaseCpu] = [meter.seconds([invoicer.pid]), databaseMeter.seconds(await database.pids())];
  await stripe.command({ do: 'clear-faults' });
  const made = (await invoices(database)) - before;
  if (done !== plans || failed > 0 || made !== plans) {
    throw new Error(`of ${plans} plans ${done} were invoiced and ${failed} failed; ${made} invoices were made`);
  }
  return { perMinute: (plans * 60) / seconds, cpu: (cpu * 1_000) / plans, databaseCpu: (databaseCpu * 1_000) / plans };
}

/** Finished invoices with the right amount. */
async function invoices({ pool }: BenchDatabase): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM invoice_builds
     WHERE step = 4 AND content -> 'lines' -> 0 -> 'price' = jsonb_build_object('quantity', $1::int, 'unitAmount', $2::int)`,
    [LICENSES, PRICE],
  );
  return rows[0]?.count ?? 0;
}
