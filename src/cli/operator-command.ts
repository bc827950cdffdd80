import type { INestApplicationContext } from '@nestjs/common';
import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { type OperatorRecord, OperatorRecords } from '../operators/accounts/operator-records.js';
import { OPERATOR_ROLES, type OperatorRole } from '../operators/accounts/operator-role.js';
import { CommandError } from './command-error.js';
import { say, withServices } from './service-context.js';

interface AddOptions {
  readonly role?: OperatorRole;
}

/** `operator …`: who may open the operators' pages. */
export function operatorCommand(): Command {
  const operator = new Command('operator').description("Those who may open the operators' pages.").helpCommand(false);
  operator
    .command('add')
    .argument('<email>', 'e-mail address of the operator', emailAddress)
    .description(
      'Add an operator; prints a link, good once within 24 hours, by which the operator sets a password. For one who is there already: ' +
        'a new link, to set another password; links of before die, and using it replaces the second factor.',
    )
    .addOption(new Option('--role <role>', 'what the operator may do: act unless given').choices(OPERATOR_ROLES))
    .addHelpText('after', '\nExample:\n  push-bouncer operator add alice@example.com --role view')
    .action((email: string, options: AddOptions) => withServices((services) => add(services, email, options)));
  operator
    .command('list')
    .description('Show all operators.')
    .addHelpText('after', '\nExample:\n  push-bouncer operator list')
    .action(() => withServices(list));
  operator
    .command('disable')
    .argument('<email>', 'e-mail address of the operator', emailAddress)
    .description('Let an operator in no more; sessions and links end at once.')
    .addHelpText('after', '\nExample:\n  push-bouncer operator disable alice@example.com')
    .action((email: string) => withServices((services) => setDisabled(services, email, true)));
  operator
    .command('enable')
    .argument('<email>', 'e-mail address of the operator', emailAddress)
    .description('Let an operator in again, with the password of before.')
    .addHelpText('after', '\nExample:\n  push-bouncer operator enable alice@example.com')
    .action((email: string) => withServices((services) => setDisabled(services, email, false)));
  return operator;
}

async function add(services: INestApplicationContext, email: string, { role }: AddOptions): Promise<void> {
  const link = await services.get(OperatorRecords).invite(email, role);
  if (link === undefined) throw new CommandError(`${email} is disabled; enable the operator first`);
  say(link);
}

async function list(services: INestApplicationContext): Promise<void> {
  const operators = await services.get(OperatorRecords).list();
  for (const operator of operators) say(describe(operator));
}

async function setDisabled(services: INestApplicationContext, email: string, disabled: boolean): Promise<void> {
  const records = services.get(OperatorRecords);
  const change = await (disabled ? records.disable(email) : records.enable(email));
  if (change === 'unknown') throw new CommandError(`no operator has the e-mail address ${email}`);
  const state = disabled ? 'disabled' : 'enabled';
  say(`${email} ${change === 'changed' ? 'is now' : 'was already'} ${state}.`);
}

function describe({ email, role, state, secondFactor, lastLoginAt }: OperatorRecord): string {
  const parts = [
    email,
    `may ${role}`,
    state,
    secondFactor ? 'with second factor' : 'no second factor',
    `last log-in ${lastLoginAt?.toISOString() ?? 'never'}`,
  ];
  return parts.join('  ');
}

function emailAddress(text: string): string {
  const { success, data } = z.email().max(254).safeParse(text.trim().toLowerCase());
  if (!success) throw new InvalidArgumentError('It is not an e-mail address.');
  return data;
}
