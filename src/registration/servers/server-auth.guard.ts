import { type CanActivate, createParamDecorator, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { keyMatches } from '../../common/key-digest.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { RateLimitGuard } from '../../protocol/rate-limit/rate-limit.guard.js';
import { notesOf, type WireNotes } from '../../protocol/request.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { ActivityRecorder } from '../activity.recorder.js';
import { type BasicCredentials, parseBasicCredentials } from './basic-credentials.js';
import { type KnownServer, ServerDirectory } from './server-directory.js';

const SERVER = Symbol('server');

/** A request, and the server that it was let through for. */
type ServerRequest = FastifyRequest & { [SERVER]?: KnownServer };

const settling = new WeakSet<object>();

/** Marks an endpoint that notes its server's request itself, with what else it commits. Only where it fails the guard does. */
export const NotesServerItself = (): MethodDecorator => (_target, _key, descriptor) => {
  settling.add(descriptor.value as object);
};

/**
 * Lets a request through that carries the credentials of a registered, active server, by HTTP Basic, within the server's rate
 * limit. The order of checks and their answers are those of docs/protocol.md, Authentication. The limit is asked here, so that no
 * authenticated endpoint can forget it, and so that a refused request costs no write.
 */
@Injectable()
export class ServerAuthGuard implements CanActivate {
  private readonly foreignHosts: ReadonlySet<string>;
  private readonly publicHost: string;
  /** The host that was asked for last and is ours: nearly always the next one's, too. */
  private ownHost: string | undefined;

  constructor(
    @Inject(ServerDirectory) private readonly directory: ServerDirectory,
    @Inject(ActivityRecorder) private readonly activity: ActivityRecorder,
    @Inject(RateLimitGuard) private readonly rateLimit: RateLimitGuard,
    @Inject(SETTINGS) settings: Settings,
  ) {
    const { publicUrl, portalUrl, operatorUrl } = settings.http;
    this.publicHost = new URL(publicUrl).hostname;
    const others = [portalUrl, operatorUrl].map((url) => new URL(url).host);
    this.foreignHosts = new Set(others.filter((host) => host !== new URL(publicUrl).host));
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ServerRequest>();
    const credentials = parseBasicCredentials(request.headers.authorization);
    const notes = notesOf(request);
    const server = await this.authenticate(credentials, notes);
    if (this.isForeignHost(request)) throw new AppError('auth.wrong-host');
    await this.rateLimit.admitServer(request, context.switchToHttp().getResponse(), server.uuid);
    request[SERVER] = server;
    if (settling.has(context.getHandler())) {
      notes.onFailure = () => this.activity.serverSeen(server.id);
      return true;
    }
    // Runs beside the endpoint's own work and survives its failure; the answer waits for it.
    const seen = this.activity.serverSeen(server.id);
    seen.catch(() => undefined);
    notes.settled = seen;
    return true;
  }

  private async authenticate({ role, key }: BasicCredentials, notes: WireNotes): Promise<KnownServer> {
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
    notes.serverId = server.id;
    if (!matches) throw new AppError('auth.key-mismatch', { role });
    if (server.deactivated) throw new AppError('auth.server-deactivated');
    return server;
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

/** The server that the guard let through. */
export const AuthenticatedServer = createParamDecorator((_: unknown, context: ExecutionContext): KnownServer => {
  const server = context.switchToHttp().getRequest<ServerRequest>()[SERVER];
  if (!server) throw new Error('AuthenticatedServer needs ServerAuthGuard');
  return server;
});
