import type { INestApplicationContext } from '@nestjs/common';
import { Command, InvalidArgumentError } from 'commander';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { countServers, type SeedSizes, seedUsage } from '../operators/seeding/usage-seed.js';
import { CommandError } from './command-error.js';
import { say, withServices } from './service-context.js';

interface Options extends SeedSizes {
  readonly force?: boolean;
}

/** `seed-usage`: made-up usage, for benchmarks of the operators' pages and for trying them. Help does not list it. */
export function seedUsageCommand(): Command {
  return new Command('seed-usage')
    .description('Fill an empty database with made-up servers, organizations, devices, counts and plans.')
    .option('--servers <number>', 'servers', size, 10_000)
    .option('--realms <number>', 'organizations', size, 12_000)
    .option('--devices <number>', 'devices', size, 1_000_000)
    .option('--days <number>', 'days of counts, up to today', size, 90)
    .option('--force', 'also where there are servers already')
    .addHelpText('after', '\nExample:\n  push-bouncer seed-usage --servers 100 --realms 120 --devices 10000 --days 30')
    .action((options: Options) => withServices((services) => seed(services, options)));
}

async function seed(services: INestApplicationContext, { force, ...sizes }: Options): Promise<void> {
  const database = services.get(DataSource);
  if (!force && (await countServers(database)) > 0) {
    throw new CommandError('the database has servers already; made-up ones would be among them for ever (--force)');
  }
  await seedUsage(database, services.get(Clock), sizes, (text) => process.stderr.write(`${text}\n`));
  const { servers, realms, devices, days } = sizes;
  say(`Made ${servers} servers, ${realms} organizations, ${devices} devices and counts of ${days} days.`);
}

function size(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is not a whole number above zero.');
  return Number(text);
}
