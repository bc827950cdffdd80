import { createApp } from '../../../src/app.js';
import { parseSettings } from '../../../src/config/settings.js';
import { OperatorRecords } from '../../../src/operators/accounts/operator-records.js';
import { BrowserClient } from '../../support/browser-client.js';
import type { Cleanup } from '../parts/cleanup.js';
import { StatementWatch } from './statements.js';

/** The operators' pages of a service in this process, an operator in front of them, and the statements that they ask for. */
export interface Dashboards {
  readonly browser: BrowserClient;
  readonly statements: StatementWatch;
  readonly origin: string;
}

const EMAIL = 'bench@example.org';
const PASSWORD = 'seven purple otters knit';
const statements = new StatementWatch();
statements.install();

export async function openDashboards(databaseUrl: string, directory: string, cleanup: Cleanup): Promise<Dashboards> {
  const settings = parseSettings({
    DATABASE_URL: databaseUrl,
    DATA_DIR: directory,
    SESSION_SECRET: 'for-benchmarks-only-and-long-enough-to-be-taken-for-a-secret',
    OPERATOR_SECOND_FACTOR: 'optional',
    LOG_LEVEL: 'error',
    LOG_FORMAT: 'json',
  });
  const app = await createApp({ settings, databaseUrl });
  cleanup.add(() => app.close());
  await app.listen(0, '127.0.0.1');
  const origin = await app.getUrl();
  const link = await app.get(OperatorRecords).invite(EMAIL, 'view');
  const path = new URL(link ?? 'http://none/').pathname;
  const browser = new BrowserClient(origin);
  await browser.open(path);
  const answer = await browser.submit(path, { password: PASSWORD });
  if (answer.status !== 303) throw new Error(`the operator cannot log in: ${answer.status}`);
  return { browser, statements, origin };
}
