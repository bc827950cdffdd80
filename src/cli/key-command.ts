import { Command } from 'commander';
import { generateKeyPair } from '../push/e2ee/key-pair.js';
import { say } from './service-context.js';

/** `e2ee-key …`: keys with which phones encrypt their registration for this service. */
export function keyCommand(): Command {
  const command = new Command('e2ee-key')
    .description('Keys for end-to-end-encrypted notifications.')
    .helpCommand(false);
  command
    .command('generate')
    .description(
      'Make a key pair and print it as the JSON that E2EE_KEYS_FILE wants: public key to private key, base64.',
    )
    .addHelpText('after', '\nExample:\n  (umask 077 && push-bouncer e2ee-key generate > e2ee-keys.json)')
    .action(async () => {
      const { publicKey, privateKey } = await generateKeyPair();
      say(JSON.stringify({ [publicKey]: privateKey }, null, 2));
    });
  return command;
}
