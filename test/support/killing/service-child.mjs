/**
 * The built service as a process that does what it is told: the parent names an operation of one of its parts. It lives on the day that it
 * is given, and does nothing by itself.
 */
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { createApp } from '../../../dist/src/app.js';
import { Clock } from '../../../dist/src/common/clock.js';
import { parseSettings } from '../../../dist/src/config/settings.js';
import { BillingGateway } from '../../../dist/src/plans/stripe/billing-gateway.js';
import { CountUpkeep } from '../../../dist/src/registration/counts/count-upkeep.job.js';

class GivenClock extends Clock {
  at = new Date();

  now() {
    return this.at;
  }
}

/** Transactions that are held keep their connection. */
const CONNECTIONS = 120;

const clock = new GivenClock();
const settings = parseSettings(process.env);
const app = await createApp({ settings, databaseUrl: settings.database.url, clock });
const schedule = app.get(SchedulerRegistry, { strict: false });
for (const name of schedule.getIntervals()) schedule.deleteInterval(name);
for (const name of schedule.getCronJobs().keys()) schedule.deleteCronJob(name);
app.get(DataSource).driver.master.options.max = CONNECTIONS;
// A request that is held is not sent again meanwhile, however long that takes.
app.get(BillingGateway, { strict: false }).client._setApiField('timeout', 3_600_000);
await app.listen(0, '127.0.0.1');
// What every start begins with.
await app.get(CountUpkeep, { strict: false }).run();

async function perform({ module, part, method, args }) {
  const types = await import(new URL(`../../../dist/src/${module}`, import.meta.url).href);
  return app.get(types[part], { strict: false })[method](...args);
}

process.on('message', async ({ id, now, call }) => {
  clock.at = now;
  try {
    process.send({ id, result: call ? await perform(call) : undefined });
  } catch (error) {
    process.send({ id, error: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' });
  }
});
process.on('disconnect', () => process.exit());
process.send({ origin: await app.getUrl() });
