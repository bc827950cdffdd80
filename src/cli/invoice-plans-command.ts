import type { INestApplicationContext } from '@nestjs/common';
import { Command, InvalidArgumentError } from 'commander';
import { Clock } from '../common/clock.js';
import { InvoicingJob } from '../plans/invoicing/invoicing-job.js';
import { CommandError } from './command-error.js';
import { say, withServices } from './service-context.js';

interface Options {
  readonly asOf?: Date;
}

/** `invoice-plans`: what the service does by itself every day. */
export function invoicePlansCommand(): Command {
  return new Command('invoice-plans')
    .description(
      'Invoice all plans that are due, and finish invoices that were left unfinished. Can be run at any time.',
    )
    .option('--as-of <time>', 'invoice what is due by this time (ISO 8601, UTC unless it says otherwise); now', instant)
    .addHelpText('after', '\nExample:\n  push-bouncer invoice-plans --as-of 2027-01-31T00:00:00Z')
    .action((options: Options) => withServices((services) => invoice(services, options)));
}

async function invoice(services: INestApplicationContext, { asOf }: Options): Promise<void> {
  const job = services.get(InvoicingJob);
  const { done, deferred, skipped, failed } = await job.run(asOf ?? services.get(Clock).now());
  say(`Looked at ${done.length} plans that were due.`);
  if (deferred.length > 0) say(`Deferred until their servers upload: ${deferred.join(', ')}.`);
  if (skipped.length > 0) say(`Skipped, since another plan of the customer failed: ${skipped.join(', ')}.`);
  if (failed.length === 0) return;
  throw new CommandError(failed.map(({ planId, reason }) => `plan ${planId} failed: ${reason}`).join('; '));
}

/** A time as operators write it. */
export function instant(text: string): Date {
  const isIso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const hasZone = /T.*(Z|[+-]\d\d:\d\d)$/.test(text);
  const at = new Date(isIso && text.includes('T') && !hasZone ? `${text}Z` : text);
  if (!isIso || Number.isNaN(at.getTime())) throw new InvalidArgumentError('It is not an ISO 8601 time.');
  return at;
}
