import { SystemClock } from '../../../src/common/clock.js';
import { createDataSource } from '../../../src/database/data-source.js';
import { type SeedSizes, seedUsage } from '../../../src/operators/seeding/usage-seed.js';
import { progress } from '../parts/report.js';

/** Fills the database as `push-bouncer seed-usage` does. */
export async function seed(url: string, sizes: SeedSizes): Promise<void> {
  const source = await createDataSource(url).initialize();
  const since = performance.now();
  try {
    await seedUsage(source, new SystemClock(), sizes, () => undefined);
  } finally {
    await source.destroy();
  }
  progress(`seeded in ${Math.round((performance.now() - since) / 1_000)} s`);
}
