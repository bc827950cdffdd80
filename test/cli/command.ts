import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

/** What `npm test` has built before. */
const ENTRY = resolve('dist/src/cli.js');
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'NODE_EXTRA_CA_CERTS'];

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `push-bouncer` with these arguments, split at spaces, as an operator does. */
export async function pushBouncer(command: string, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  const passed = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  const child = spawn(process.execPath, [ENTRY, ...command.split(' ').filter((part) => part !== '')], {
    env: { ...Object.fromEntries(passed), ...env },
    // Not the project's directory, which may have a .env.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
