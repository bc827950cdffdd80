import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError } from '../../common/errors.js';
import { HotPool } from '../../database/hot-pool.js';
import { ActivityRecorder } from '../activity.recorder.js';

const FIND = 'SELECT id, server_id FROM remote_realms WHERE uuid = $1';

/** Finds the realm that a server names in a request. */
@Injectable()
export class RealmDirectory {
  private readonly logger = new Logger(RealmDirectory.name);

  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(ActivityRecorder) private readonly activity: ActivityRecorder,
  ) {}

  /**
   * The id of a server's realm, and notes that it was seen. A realm that nobody registered is no error: the server may not have
   * uploaded it yet.
   *
   * @throws AppError `realm.other-server` where the realm is known as another server's
   */
  async find(serverId: string, realmUuid: string | undefined): Promise<string | undefined> {
    if (realmUuid === undefined) return undefined;
    const [realm] = await this.pool.query<{ id: string; server_id: string }>('realm-directory', FIND, [realmUuid]);
    if (!realm) {
      this.logger.debug('a realm was named that is not registered', { serverId });
      return undefined;
    }
    if (realm.server_id !== serverId) {
      this.logger.warn('a server named a realm of another server', { serverId, realmId: realm.id });
      throw new AppError('realm.other-server');
    }
    await this.activity.realmSeen(realm.id);
    return realm.id;
  }
}
