import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StandInCommand } from '../../../src/sandbox/stripe/commands.js';
import type { Cleanup } from '../parts/cleanup.js';

const ENTRY = fileURLToPath(new URL('../../../src/sandbox/stripe/serve.js', import.meta.url));

/** The stand-in for Stripe in a process of its own. */
export interface StripeProcess {
  readonly pid: number;
  readonly origin: string;
  command(command: StandInCommand): Promise<unknown>;
}

export async function startStripe(key: string, cleanup: Cleanup): Promise<StripeProcess> {
  const child = spawn(process.execPath, [ENTRY, '--secret-key', key], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanup.add(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { origin, commands } = JSON.parse(line) as { origin: string; commands: string };
  return {
    pid: child.pid ?? 0,
    origin,
    command: async (command) => {
      const answer = await fetch(commands, { method: 'POST', body: JSON.stringify(command) });
      if (!answer.ok) throw new Error(`the stand-in refuses: ${await answer.text()}`);
      return answer.json();
    },
  };
}
