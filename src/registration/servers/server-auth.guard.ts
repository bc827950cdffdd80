import { type CanActivate, createParamDecorator, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ServerLimit } from '../../protocol/rate-limit/server-limit.js';
import { notesOf } from '../../protocol/request.js';
import { ActivityRecorder } from '../activity.recorder.js';
import { ServerAuthenticator } from './server-authenticator.js';
import type { KnownServer } from './server-directory.js';

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
 * authenticated endpoint can forget it, and so that a refused request costs no write. Most of those beyond the limit do not come so
 * far: see `EarlyRefusals`.
 */
@Injectable()
export class ServerAuthGuard implements CanActivate {
  constructor(
    @Inject(ServerAuthenticator) private readonly authenticator: ServerAuthenticator,
    @Inject(ActivityRecorder) private readonly activity: ActivityRecorder,
    @Inject(ServerLimit) private readonly limit: ServerLimit,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ServerRequest>();
    const server = await this.authenticator.authenticate(request);
    await this.limit.admit(request, context.switchToHttp().getResponse(), server.uuid);
    request[SERVER] = server;
    const notes = notesOf(request);
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
}

/** The server that the guard let through. */
export const AuthenticatedServer = createParamDecorator((_: unknown, context: ExecutionContext): KnownServer => {
  const server = context.switchToHttp().getRequest<ServerRequest>()[SERVER];
  if (!server) throw new Error('AuthenticatedServer needs ServerAuthGuard');
  return server;
});
