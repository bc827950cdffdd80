import { randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { Command } from 'commander';
import { DeactivationService } from '../plans/deactivation/deactivation.service.js';
import { newServerKey } from '../registration/servers/new-server-key.js';
import { RegistrationService } from '../registration/servers/registration.service.js';
import { type ServerRecord, ServerRecords } from '../registration/servers/server-records.js';
import { CommandError } from './command-error.js';
import { say, withServices } from './service-context.js';

interface NewServer {
  readonly hostname: string;
  readonly email: string;
  readonly uuid?: string;
  readonly key?: string;
}

const REFERENCE = 'its UUID, or its host name where only one server has that';

/** `server …`: registrations of Zulip servers. */
export function serverCommand(): Command {
  const server = new Command('server').description('Registrations of Zulip servers.').helpCommand(false);
  server
    .command('add')
    .description('Register a server that cannot do so itself (Zulip before 1.8.1); prints what its settings need.')
    .requiredOption('--hostname <host>', 'host name of the server, with its port where that is not 443')
    .requiredOption('--email <address>', "address of the server's administrator")
    .option('--uuid <uuid>', 'UUID, version 4; made where it is not given')
    .option('--key <key>', 'key, 64 characters; made where it is not given')
    .addHelpText(
      'after',
      '\nExample:\n  push-bouncer server add --hostname zulip.example.com --email admin@example.com',
    )
    .action((options: NewServer) => withServices((services) => add(services, options)));
  server
    .command('show <server>')
    .description(`Show a registration. <server> is ${REFERENCE}.`)
    .addHelpText('after', '\nExample:\n  push-bouncer server show zulip.example.com')
    .action((reference: string) => withServices((services) => show(services, reference)));
  server
    .command('deactivate <server>')
    .description(`End a registration: its key is refused, nothing is deleted. <server> is ${REFERENCE}.`)
    .addHelpText('after', '\nExample:\n  push-bouncer server deactivate zulip.example.com')
    .action((reference: string) => withServices((services) => setDeactivated(services, reference, true)));
  server
    .command('reactivate <server>')
    .description(`Take up a registration that was ended. <server> is ${REFERENCE}.`)
    .addHelpText('after', '\nExample:\n  push-bouncer server reactivate 6cde5f7a-1f7e-4978-9716-49f69ebfc9fe')
    .action((reference: string) => withServices((services) => setDeactivated(services, reference, false)));
  return server;
}

async function add(services: INestApplicationContext, { hostname, email, ...given }: NewServer): Promise<void> {
  const [uuid, key] = [given.uuid ?? randomUUID(), given.key ?? newServerKey()];
  if (key.length !== 64) throw new CommandError('the key must have 64 characters');
  const request = { zulip_org_id: uuid, zulip_org_key: key, hostname, contact_email: email };
  const created = await services.get(RegistrationService).add(request);
  if (!created) throw new CommandError(`a server with the UUID ${uuid} is registered already`);
  // As they stand in the server's zulip-secrets.conf.
  say(`zulip_org_id = ${uuid}`);
  say(`zulip_org_key = ${key}`);
}

async function show(services: INestApplicationContext, reference: string): Promise<void> {
  const found = await services.get(ServerRecords).find(reference);
  if (found.length === 0) throw new CommandError(`no server ${reference} is registered`);
  say(found.map(describe).join('\n\n'));
}

async function setDeactivated(
  services: INestApplicationContext,
  reference: string,
  deactivated: boolean,
): Promise<void> {
  const { id, hostname, uuid } = await theOne(services, reference);
  const service = services.get(DeactivationService);
  const changed = await (deactivated ? service.deactivate(id) : service.reactivate(id));
  const state = deactivated ? 'deactivated' : 'active';
  say(`${hostname} (${uuid}) ${changed ? 'is now' : 'was already'} ${state}.`);
}

async function theOne(services: INestApplicationContext, reference: string): Promise<ServerRecord> {
  const [server, ...others] = await services.get(ServerRecords).find(reference);
  if (!server) throw new CommandError(`no server ${reference} is registered`);
  if (others.length === 0) return server;
  const uuids = [server, ...others].map(({ uuid }) => uuid).join(', ');
  throw new CommandError(`several servers have the host name ${reference}; name one by its UUID: ${uuids}`);
}

function describe(server: ServerRecord): string {
  const rows: readonly (readonly [string, string])[] = [
    ['uuid', server.uuid],
    ['hostname', server.hostname],
    ['contact', server.contactEmail],
    ['state', server.deactivated ? 'deactivated' : 'active'],
    ['registered', server.createdAt.toISOString()],
    ['last request', server.lastRequestAt?.toISOString() ?? 'never'],
    ['version', server.lastVersion ?? 'unknown'],
    ['plan type', String(server.planType)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}`).join('\n');
}
