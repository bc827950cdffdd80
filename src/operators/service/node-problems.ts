import { plural } from '../../sessions/pages/formats.js';
import type { Problem } from './problem.js';
import type { ServiceState } from './service-state.js';

/** A round trip to a database nearby takes about a millisecond. */
const SLOW_DATABASE_MS = 100;

/** What is wrong with the processes, and with what they share. */
export function nodeProblems({ nodes, database }: ServiceState): Problem[] {
  const alive = nodes.filter(({ isAlive }) => isAlive);
  const reports = alive.flatMap(({ name, report }) => (report ? [{ name, ...report }] : []));
  const problems: Problem[] = [];
  const warn = (what: string, remedy: string) => problems.push({ kind: 'warning', what, remedy });
  for (const app of new Set(reports.flatMap(({ guardedApps }) => guardedApps))) {
    problems.push({
      kind: 'error',
      what: `So many devices of the app ${app} are called dead at once that no device of it is deleted.`,
      remedy: 'A wrong key, app or environment (APNS_SANDBOX) looks like this: run push-bouncer check-credentials.',
    });
  }
  for (const { name } of nodes.filter(({ isAlive }) => !isAlive)) {
    warn(
      `A process is silent: ${name}.`,
      'If nobody stopped it by force, see whether its machine runs and what its log says last. It is listed for a day.',
    );
  }
  const versions = new Set(alive.map(({ version }) => version));
  if (versions.size > 1) {
    warn(`The processes are of ${versions.size} versions: ${[...versions].join(', ')}.`, 'Finish the upgrade.');
  }
  if (reports.some(({ redis }) => redis === 'silent')) {
    warn('Redis does not answer: every process counts requests by itself.', 'See whether the Redis of REDIS_URL runs.');
  } else if (reports.length > 1 && reports.every(({ redis }) => redis === 'unused')) {
    warn(
      `${reports.length} processes count requests each by itself: a server may ask ${reports.length} times as often as it should.`,
      'Set REDIS_URL, so that they count together.',
    );
  }
  for (const { name, notifications } of reports) {
    if (notifications.inFlight < 0.9 * notifications.limit) continue;
    warn(
      `A process has its hands full: ${name} works on ${plural(notifications.inFlight, 'notification', 'notifications')}, and refuses more.`,
      'See whether a provider or the database is slow; else run more processes, or set PUSH_MAX_IN_FLIGHT higher.',
    );
  }
  for (const { name, database: pools } of reports) {
    if (pools.hot.waiting + pools.cold.waiting < pools.hot.limit) continue;
    warn(
      `Too many wait for the database (${name}).`,
      'Look for slow statements and locks in PostgreSQL, and whether it has processor and disk to spare.',
    );
  }
  if (database.roundTripMs > SLOW_DATABASE_MS) {
    warn(
      `The database took ${Math.round(database.roundTripMs)} ms to answer a question that costs nothing.`,
      'See how busy its machine is and how far away; look again, since once is no proof.',
    );
  }
  return problems;
}
