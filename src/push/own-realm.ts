import { Logger } from '@nestjs/common';
import { AppError } from '../common/errors.js';
import type { FoundRealm } from '../devices/target-lookup.js';

const logger = new Logger('Realms');

/**
 * The id of the realm that a server named, if anybody registered it.
 *
 * @throws AppError `realm.other-server` where another server did
 */
export function ownRealm(serverId: string, realm: FoundRealm | undefined): string | undefined {
  if (realm && realm.serverId !== serverId) {
    logger.warn('a server named a realm of another server', { serverId, realmId: realm.id });
    throw new AppError('realm.other-server');
  }
  return realm?.id;
}
