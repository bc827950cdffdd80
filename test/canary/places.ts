import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableNames } from '../schema/catalogue.js';
import { onServer } from '../support/server-connection.js';
import type { CanaryKind } from './canaries.js';
import type { CanaryWorld } from './canary-world.js';

/** Some bytes with a name that tells where they were. */
export interface Chunk {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Somewhere that something could be left behind. */
export interface Place {
  readonly name: string;
  /** While the service runs, or after it was stopped. */
  readonly when: 'running' | 'stopped';
  /** What may be found here. */
  readonly allowed: readonly CanaryKind[];
  /** What must be found here: a search that finds nothing has perhaps not looked. */
  readonly control: string;
  read(world: CanaryWorld): Promise<Chunk[]>;
}

/** What the control of the temporary directory is put into. */
export const CONTROL_FILE = 'qz-control-qz';

/** Everywhere that is searched. A new kind of storage is a new entry. */
export const PLACES: readonly Place[] = [
  {
    name: 'the log',
    when: 'stopped',
    allowed: [],
    control: '"route":"/api/v1/remotes/push/notify"',
    read: (world) =>
      Promise.resolve(
        world.services.flatMap(({ stdout, stderr }, i) => [
          { name: `standard output ${i}`, bytes: Buffer.from(stdout) },
          { name: `standard error ${i}`, bytes: Buffer.from(stderr) },
        ]),
      ),
  },
  {
    name: 'the database',
    when: 'running',
    allowed: ['token', 'metadata'],
    control: 'qzcanarymetadataqz',
    read: (world) => dump(world.databaseUrl),
  },
  {
    name: "the data directory, PostgreSQL's log included",
    when: 'running',
    allowed: ['token', 'metadata'],
    control: 'database system is ready to accept connections',
    read: (world) => files(join(world.around.directory, 'data')),
  },
  {
    name: 'the data directory after the end',
    when: 'stopped',
    allowed: ['token', 'metadata'],
    control: 'qzcanarymetadataqz',
    read: (world) => files(join(world.around.directory, 'data')),
  },
  {
    name: 'the temporary and the working directory',
    when: 'stopped',
    allowed: [],
    control: CONTROL_FILE,
    read: async ({ around }) => [
      ...(await files(join(around.directory, 'tmp'))),
      ...(await files(join(around.directory, 'cwd'))),
    ],
  },
];

/** Every row of every table as text, and what PostgreSQL remembers of statements and columns. */
async function dump(url: string): Promise<Chunk[]> {
  return onServer(url, async (client) => {
    await client.query('ANALYZE');
    const tables = [
      ...(await tableNames(client)),
      'migrations',
      'pg_stats',
      'pg_stat_activity',
      'pg_prepared_statements',
    ];
    const chunks: Chunk[] = [];
    for (const table of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t`);
      chunks.push({ name: `table ${table}`, bytes: Buffer.from(rows.map(({ row }) => row).join('\n')) });
    }
    return chunks;
  });
}

/** All files below a directory, their names included. Some of a running database's go away meanwhile. */
async function files(directory: string): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return Buffer.alloc(0);
    });
    chunks.push({ name: path, bytes: Buffer.concat([Buffer.from(`${path}\n`), bytes]) });
  }
  return chunks;
}
