import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { runCommand, standInCommand } from './commands.js';
import { SandboxClock } from './sandbox-clock.js';
import { StripeStandIn } from './stripe-stand-in.js';

/**
 * The stand-in as a process of its own, which outlives whatever is killed beside it. Prints one line of JSON with the origin of the
 * API and the URL where commands are posted, then runs until it is stopped.
 */
interface Options {
  readonly port: string;
  readonly commandPort: string;
  readonly secretKey?: string;
}

const { port, commandPort, secretKey } = new Command('stripe-stand-in')
  .option('--port <number>', 'port of the API, any free one by default', '0')
  .option('--command-port <number>', 'port for commands, any free one by default', '0')
  .option('--secret-key <key>', 'the only key that is accepted')
  .parse()
  .opts<Options>();

const clock = new SandboxClock();
const standIn = new StripeStandIn({ port: Number(port), clock, ...(secretKey ? { secretKey } : {}) });
await standIn.start();

const commands = createServer(async (request, response) => {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const command = standInCommand.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    const answer = await runCommand(standIn, clock, command);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? null));
  } catch (error) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(error instanceof Error ? error.message : 'failed');
  }
});
commands.listen(Number(commandPort), '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(commands.address() as AddressInfo).port}/`;
  process.stdout.write(`${JSON.stringify({ origin: standIn.origin, commands: url })}\n`);
});

process.once('SIGTERM', () => {
  commands.close();
  void standIn.stop();
});
