import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { keyMatches } from '../../common/key-digest.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { notesOf } from '../../protocol/request.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { type BasicCredentials, parseBasicCredentials } from './basic-credentials.js';
import { type KnownServer, ServerDirectory } from './server-directory.js';

/** Tells which Zulip server a request comes from, by its credentials. */
@Injectable()
export class ServerAuthenticator {
  private readonly foreignHosts: ReadonlySet<string>;
  private readonly publicHost: string;
  /** The host that was asked for last and is ours: nearly always the next one's, too. */
  private ownHost: string | undefined;

  constructor(
    @Inject(ServerDirectory) private readonly directory: ServerDirectory,
    @Inject(SETTINGS) settings: Settings,
  ) {
    const { publicUrl, portalUrl, operatorUrl } = settings.http;
    this.publicHost = new URL(publicUrl).hostname;
    const others = [portalUrl, operatorUrl].map((url) => new URL(url).host);
    this.foreignHosts = new Set(others.filter((host) => host !== new URL(publicUrl).host));
  }

  /**
   * The registered, active server whose credentials the request carries, on the service's own host. Notes its id for the log.
   *
   * @throws AppError for the first rule of docs/protocol.md, Authentication, that the request breaks
   */
  async authenticate(request: FastifyRequest): Promise<KnownServer> {
    const { role, key } = parseBasicCredentials(request.headers.authorization);
    const uuid = canonicalUuid(role);
    let server = uuid ? (this.directory.recall(uuid) ?? (await this.directory.find(uuid))) : undefined;
    let matches = keyMatches(key, server?.keyDigest);
    if (uuid && server && (!matches || server.deactivated)) {
      // What is remembered may be older than the client's news: look again before turning it away.
      server = await this.directory.find(uuid, true);
      matches = keyMatches(key, server?.keyDigest);
    }
    if (!server) throw new AppError('auth.server-unknown', { role });
    // Also of one that is turned away: its operator will ask why.
    notesOf(request).serverId = server.id;
    if (!matches) throw new AppError('auth.key-mismatch', { role });
    if (server.deactivated) throw new AppError('auth.server-deactivated');
    if (this.isForeignHost(request)) throw new AppError('auth.wrong-host');
    return server;
  }

  /** What `authenticate` would answer for credentials of this request, where memory suffices to know it; else undefined. */
  recognise(request: FastifyRequest, uuid: string, { key }: BasicCredentials): KnownServer | undefined {
    const server = this.directory.recall(uuid);
    const matches = keyMatches(key, server?.keyDigest);
    return server && matches && !server.deactivated && !this.isForeignHost(request) ? server : undefined;
  }

  /** The API answers on the service's own host, not on its subdomains nor on the hosts of the pages. */
  private isForeignHost(request: FastifyRequest): boolean {
    const { host: name } = request;
    if (name === this.ownHost) return false;
    const host = name.toLowerCase();
    const foreign = this.isForeign(host);
    if (!foreign) this.ownHost = name;
    return foreign;
  }

  private isForeign(host: string): boolean {
    return this.foreignHosts.has(host) || host.replace(/:\d+$/, '').endsWith(`.${this.publicHost}`);
  }
}
