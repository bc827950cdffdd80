import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { projectFolder } from '../../common/project-folder.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** Address of an asset by its file name, with a digest of its content behind it, so that browsers may keep it for ever. */
const addresses = new Map<string, string>();

/** The address of an asset, for templates. @throws Error for a name that is no asset */
export function assetAddress(name: string): string {
  const address = addresses.get(name);
  if (!address) throw new Error(`there is no asset ${name}`);
  return address;
}

/** Style sheets, scripts and pictures of the pages: the files of `views/assets`, and the base style sheet. Read once, at start. */
export class Assets {
  async install(fastify: FastifyInstance): Promise<void> {
    const folder = join(projectFolder(), 'views', 'assets');
    for (const name of readdirSync(folder)) this.serve(fastify, name, readFileSync(join(folder, name)));
    const base = createRequire(import.meta.url).resolve('@picocss/pico/css/pico.classless.min.css');
    this.serve(fastify, 'base.css', readFileSync(base));
  }

  private serve(fastify: FastifyInstance, name: string, content: Buffer): void {
    const type = TYPES[extname(name)];
    if (!type) throw new Error(`the type of the asset ${name} is not known`);
    const digest = createHash('sha256').update(content).digest('hex').slice(0, 16);
    addresses.set(name, `/static/${name}?${digest}`);
    fastify.get(`/static/${name}`, (_request, reply) => {
      reply
        .header('Content-Type', type)
        .header('X-Content-Type-Options', 'nosniff')
        .header('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`)
        .send(content);
    });
  }
}
