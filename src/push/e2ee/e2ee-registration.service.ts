import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import { EncryptedDevices } from '../../devices/encrypted-devices.js';
import { RealmDirectory } from '../../registration/realms/realm-directory.js';
import { decodeBase64 } from './base64.js';
import type { RegisterEncrypted } from './e2ee.schemas.js';
import { type PushRegistration, parseRegistration } from './push-registration.js';
import { RegistrationKeys } from './registration-keys.js';
import { tokenIdFromBytes, tokenIdOf } from './token-id.js';

/** An app's registration is good for a day, in seconds: it may wait that long in its server's queue. */
const LIFETIME = 86_400;

/** Registers devices for encrypted notifications. Their own servers never learn the tokens. */
@Injectable()
export class E2eeRegistrationService {
  constructor(
    @Inject(RealmDirectory) private readonly realms: RealmDirectory,
    @Inject(RegistrationKeys) private readonly keys: RegistrationKeys,
    @Inject(EncryptedDevices) private readonly devices: EncryptedDevices,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Registers the device that the sealed registration speaks of. Zulip 11 wants its number; newer servers ignore it.
   *
   * @throws AppError for a realm that is unknown or another server's, a key that is not ours, or a registration that does not open,
   *   is not one, is for another token than the server named, or is too old
   */
  async register(serverId: string, request: RegisterEncrypted): Promise<{ device_id: number }> {
    const { token_id: tokenId, push_account_id: pushAccountId } = request;
    if (tokenId === undefined && pushAccountId === undefined) {
      throw new AppError('params.missing', { name: 'token_id' }, { var_name: 'token_id' });
    }
    const realmId = await this.realms.find(serverId, request.realm_uuid);
    if (realmId === undefined) throw new AppError('realm.missing');
    const { timestamp, ...device } = this.open(request);
    const ownId = tokenIdOf(device.token);
    if (tokenId !== undefined && ownId !== claimedId(tokenId)) throw new AppError('e2ee.registration');
    if (this.clock.millis() / 1_000 - timestamp > LIFETIME) throw new AppError('e2ee.expired');
    const registration = { ...device, serverId, realmId, tokenId: ownId };
    return {
      device_id: await this.devices.register(
        pushAccountId === undefined ? registration : { ...registration, pushAccountId },
      ),
    };
  }

  private open(request: RegisterEncrypted): PushRegistration {
    const { bouncer_public_key: publicKey, encrypted_push_registration: text } = request;
    if (!this.keys.knows(publicKey)) throw new AppError('e2ee.public-key');
    const sealed = decodeBase64(text);
    const plain = sealed && this.keys.open(publicKey, sealed);
    const registration = plain && parseRegistration(plain);
    if (!registration) throw new AppError('e2ee.registration');
    return registration;
  }
}

function claimedId(text: string): string | undefined {
  const bytes = decodeBase64(text);
  return bytes && tokenIdFromBytes(bytes);
}
