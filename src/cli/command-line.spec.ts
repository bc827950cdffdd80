import { type Command, CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { commandLine } from './command-line.js';

function leaves(command: Command, path = ''): [string, Command][] {
  if (command.commands.length === 0) return [[path, command]];
  return command.commands.flatMap((sub) => leaves(sub, `${path} ${sub.name()}`.trim()));
}

/** What a command line that ends in itself (help, a mistake) writes, and the code that it ends with. */
async function outcome(line: string): Promise<{ code: string; out: string; error: string }> {
  let [out, error] = ['', ''];
  const program = commandLine({
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      error += text;
    },
  });
  const ended = await program.parseAsync(line.split(' '), { from: 'user' }).catch((reason: unknown) => reason);
  return { code: ended instanceof CommanderError ? ended.code : 'none', out, error };
}

it.each(leaves(commandLine()))('%s explains itself with an example', async (path) => {
  const { code, out, error } = await outcome(`${path} --help`);
  expect([code, error]).toEqual(['commander.helpDisplayed', '']);
  expect(out).toContain(`Usage: push-bouncer ${path}`);
  expect(out).toMatch(new RegExp(`Examples?:\\n  .*push-bouncer ${path}`));
});

it('has the commands that operators are told of', () => {
  expect(leaves(commandLine()).map(([path]) => path)).toEqual(
    expect.arrayContaining(['migrate', 'server add', 'server show', 'server deactivate', 'server reactivate']),
  );
});

it.each([
  ['nonsense', 'commander.unknownCommand'],
  ['server nonsense', 'commander.unknownCommand'],
  ['server add --hostname x.example.org', 'commander.missingMandatoryOptionValue'],
  ['server show', 'commander.missingArgument'],
  ['server show a b', 'commander.excessArguments'],
  ['migrate --fast', 'commander.unknownOption'],
  ['zulip-server --url http://x nonsense', 'commander.invalidArgument'],
])('refuses the command line "%s" with one line', async (line, code) => {
  const refused = await outcome(line);
  expect(refused).toMatchObject({ code, out: '' });
  expect(refused.error).toMatch(/^error: [^\n]+\n$/);
});
