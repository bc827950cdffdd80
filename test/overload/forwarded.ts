import type { TestServerRow, TestService } from '../support/service.js';

/** The count of a server's delivered pushes, one value for each day with any; what was counted so far is added up before. */
export async function forwarded(service: TestService, server: TestServerRow): Promise<string[]> {
  await service.addUp();
  const rows = await service.rows<{ value: string }>(
    `SELECT value FROM remote_installation_counts WHERE server_id = $1 AND property = 'mobile_pushes_forwarded::day'`,
    [server.id],
  );
  return rows.map(({ value }) => value);
}
