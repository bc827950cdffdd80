import { Inject, Injectable } from '@nestjs/common';
import { keyMatches } from '../../common/key-digest.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { ServerDirectory } from '../../registration/servers/server-directory.js';
import { addressKey } from '../../sessions/throttle/address-key.js';
import { type TryKey, TryThrottle } from '../../sessions/throttle/try-throttle.js';

/** What came of the id and key of a server. */
export type CredentialsVerdict =
  | { readonly serverUuid: string }
  | { readonly refused: 'unknown' | 'wrong-key' | 'deactivated' };

/** Judges the id and key of a server, as somebody types them; not too often. */
@Injectable()
export class ServerCredentials {
  constructor(
    @Inject(ServerDirectory) private readonly directory: ServerDirectory,
    @Inject(TryThrottle) private readonly throttle: TryThrottle,
  ) {}

  /** @param ip who tries @throws AppError `page.wait` */
  async judge(id: string, key: string, ip: string): Promise<CredentialsVerdict> {
    const uuid = canonicalUuid(id.trim());
    const keys: TryKey[] = [{ use: 'server-login', of: 'address', subject: addressKey(ip) }];
    if (uuid) keys.push({ use: 'server-login', of: 'server', subject: uuid });
    await this.throttle.admit(keys);
    const server = uuid ? await this.directory.find(uuid, true) : undefined;
    // Takes as long for an id that nobody has.
    const matches = keyMatches(key.trim(), server?.keyDigest);
    if (!server || !matches) {
      await this.throttle.failed(keys);
      return { refused: server ? 'wrong-key' : 'unknown' };
    }
    return server.deactivated ? { refused: 'deactivated' } : { serverUuid: server.uuid };
  }
}
