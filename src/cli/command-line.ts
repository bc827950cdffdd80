import { Logger } from '@nestjs/common';
import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { AppError } from '../common/errors.js';
import { SettingsError } from '../config/settings.js';
import { billingCommand } from './billing-command.js';
import { checkCredentialsCommand } from './check-credentials-command.js';
import { invoicePlansCommand } from './invoice-plans-command.js';
import { keyCommand } from './key-command.js';
import { migrateCommand } from './migrate-command.js';
import { operatorCommand } from './operator-command.js';
import { seedUsageCommand } from './seed-usage-command.js';
import { serverCommand } from './server-command.js';
import { zulipServerCommand } from './zulip-server-command.js';

/** Exit codes: what failed, a wrong command line, a wrong setting (EX_CONFIG of sysexits.h). */
const EXIT = { failed: 1, usage: 2, settings: 78 } as const;

/** All commands. @param output where help and complaints go, unless to standard output and standard error */
export function commandLine(output: OutputConfiguration = {}): Command {
  const program = new Command('push-bouncer')
    .description(
      'Looks after a Push Bouncer service, with the same settings as the service itself, also while that runs.',
    )
    .helpCommand(false)
    .configureOutput(output)
    .exitOverride();
  for (const command of [
    migrateCommand(),
    serverCommand(),
    operatorCommand(),
    invoicePlansCommand(),
    billingCommand(),
    checkCredentialsCommand(),
    keyCommand(),
    zulipServerCommand(),
  ]) {
    program.addCommand(command);
  }
  // For benchmarks: nobody who looks after a service has use for it.
  program.addCommand(seedUsageCommand(), { hidden: true });
  return inherit(program);
}

/** Runs the command of an `argv`; answers the exit code. What went wrong is one line on standard error. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  // A command's output is what it was asked for; what services log meanwhile belongs to the service's log.
  Logger.overrideLogger(false);
  try {
    await commandLine().parseAsync([...argv]);
    return 0;
  } catch (error) {
    // Commander has said what is wrong itself, and asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    process.stderr.write(`push-bouncer: ${reasonOf(error)}\n`);
    return error instanceof SettingsError ? EXIT.settings : EXIT.failed;
  }
}

/** Commander hands this to commands that it makes, not to those that it is given. */
function inherit(command: Command): Command {
  for (const sub of command.commands) inherit(sub.copyInheritedSettings(command));
  return command;
}

function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.clientMessage;
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const text = first instanceof Error ? first.message || first.name : String(first);
  return text.replace(/\s*\n\s*/g, '; ');
}
