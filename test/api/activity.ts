import type { TestServerRow, TestService } from '../support/service.js';

/** When the server was last noted to have asked for something. */
export async function serverLastSeen(service: TestService, server: TestServerRow): Promise<Date | undefined> {
  const [row] = await service.rows<{ at: Date }>(
    'SELECT last_request_at AS at FROM remote_server_activity WHERE server_id = $1',
    [server.id],
  );
  return row?.at;
}

/** When the realm was last named in a request. */
export async function realmLastSeen(service: TestService, realm: { readonly id: string }): Promise<Date | undefined> {
  const [row] = await service.rows<{ at: Date }>(
    'SELECT last_request_at AS at FROM remote_realm_activity WHERE realm_id = $1',
    [realm.id],
  );
  return row?.at;
}
