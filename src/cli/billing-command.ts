import type { INestApplicationContext } from '@nestjs/common';
import { Command } from 'commander';
import { Clock } from '../common/clock.js';
import { FixedPrices } from '../plans/changes/fixed-prices.js';
import { CustomerLinks } from '../plans/contact/customer-links.js';
import { StuckEvents } from '../plans/purchase/stuck-events.js';
import type { Registrant } from '../registration/registrants/registrant.js';
import { CommandError } from './command-error.js';
import { instant } from './invoice-plans-command.js';
import { say, withServices } from './service-context.js';

const UUID = '<uuid> is that of a server or an organization.';
const EXAMPLE = '6cde5f7a-1f7e-4978-9716-49f69ebfc9fe';

/** `billing …`: what operators do about customers at Stripe. */
export function billingCommand(): Command {
  const billing = new Command('billing').description('Customers and payments at Stripe.').helpCommand(false);
  billing
    .command('link-customer <uuid> <stripe-customer>')
    .description(`Link a customer who is at Stripe already. ${UUID}`)
    .option('--overwrite', 'in place of the customer that is linked')
    .addHelpText('after', `\nExample:\n  push-bouncer billing link-customer ${EXAMPLE} cus_NffrFeUfNV2Hib`)
    .action((uuid: string, id: string, { overwrite }: { overwrite?: boolean }) =>
      withServices((services) => link(services, uuid, id, overwrite)),
    );
  billing
    .command('prepaid <uuid>')
    .description(`Start the plan of a fixed price that was agreed and paid for outside of Stripe. ${UUID}`)
    .option('--from <time>', 'when it starts (ISO 8601, UTC unless it says otherwise); now', instant)
    .addHelpText('after', `\nExample:\n  push-bouncer billing prepaid ${EXAMPLE} --from 2027-01-01T00:00:00Z`)
    .action((uuid: string, { from }: { from?: Date }) => withServices((services) => prepaid(services, uuid, from)));
  billing
    .command('stuck-events')
    .description('List the events of Stripe that could not be handled.')
    .addHelpText('after', '\nExample:\n  push-bouncer billing stuck-events')
    .action(() => withServices(list));
  billing
    .command('retry-event <id>')
    .description('Handle an event of that list anew.')
    .addHelpText('after', '\nExample:\n  push-bouncer billing retry-event 17')
    .action((id: string) => withServices((services) => retry(services, id)));
  return billing;
}

async function holderOf(services: INestApplicationContext, uuid: string): Promise<Registrant> {
  const holder = await services.get(CustomerLinks).holderOf(uuid);
  if (!holder) throw new CommandError(`no server or organization ${uuid} is registered`);
  return holder;
}

async function link(services: INestApplicationContext, uuid: string, id: string, overwrite = false): Promise<void> {
  const isNew = await services.get(CustomerLinks).link(await holderOf(services, uuid), id, overwrite);
  say(`${uuid} ${isNew ? 'is now' : 'was already'} linked to ${id}.`);
}

async function prepaid(services: INestApplicationContext, uuid: string, from?: Date): Promise<void> {
  const start = from ?? services.get(Clock).now();
  await services.get(FixedPrices).prepaid(await holderOf(services, uuid), start);
  say(`The plan of ${uuid} runs from ${start.toISOString()} on.`);
}

async function list(services: INestApplicationContext): Promise<void> {
  const stuck = await services.get(StuckEvents).list();
  if (stuck.length === 0) return say('No event is stuck.');
  for (const { id, type, stripeEventId, receivedAt, error } of stuck) {
    say([id, receivedAt.toISOString(), type, stripeEventId, error?.description ?? 'is being tried'].join('\t'));
  }
}

async function retry(services: INestApplicationContext, id: string): Promise<void> {
  const events = services.get(StuckEvents);
  if (!/^\d{1,18}$/.test(id) || !(await events.retry(id))) throw new CommandError(`no event ${id} is stuck`);
  const again = (await events.list()).find((event) => event.id === id);
  if (again) throw new CommandError(`event ${id} failed again: ${again.error?.description ?? 'it is tried on'}`);
  say(`Event ${id} is handled.`);
}
