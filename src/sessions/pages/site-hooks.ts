import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';

type Hook = (...parts: unknown[]) => unknown;
type Phase = 'onRequest' | 'onSend';

/**
 * The hooks that Fastify plugins add, kept aside instead of run for every request: the API, above all the hot path, has no use for
 * cookies, sessions and page headers. `run` runs them for the requests that have. Decorators go to the real instance; a second
 * registration of a plugin (each site has sessions of its own) keeps the first one's.
 */
export class SiteHooks {
  private readonly hooks: Record<Phase, Hook[]> = { onRequest: [], onSend: [] };

  /** Registers a plugin whose hooks are kept here. */
  async register<Options extends object>(
    fastify: FastifyInstance,
    plugin: FastifyPluginCallback<Options>,
    options: Options,
  ): Promise<void> {
    const scoped = this.scope(fastify);
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => (error ? reject(error) : resolve());
      const promise: unknown = (plugin as Hook)(scoped, options, done);
      if (promise instanceof Promise) promise.then(() => resolve(), reject);
    });
  }

  /** Runs the hooks of a phase one after the other, as Fastify would. Ends early where one has answered. */
  async run(phase: Phase, request: FastifyRequest, reply: FastifyReply, payload?: unknown): Promise<void> {
    for (const hook of this.hooks[phase]) {
      await new Promise<void>((resolve, reject) => {
        const done = (error?: Error | null) => (error ? reject(error) : resolve());
        const result = phase === 'onSend' ? hook(request, reply, payload, done) : hook(request, reply, done);
        if (result instanceof Promise) result.then(() => resolve(), reject);
      });
      if (phase === 'onRequest' && reply.sent) return;
    }
  }

  private scope(fastify: FastifyInstance): FastifyInstance {
    const { hooks } = this;
    const once = (has: (name: string) => boolean, add: (name: string, ...rest: never[]) => unknown) => ({
      value(name: string, ...rest: never[]) {
        if (!has(name)) add(name, ...rest);
        return this;
      },
    });
    return Object.create(fastify, {
      addHook: {
        value(name: string, hook: Hook) {
          if (name === 'onRequest' || name === 'onSend') hooks[name].push(hook);
          else if (name !== 'onRoute') throw new Error(`a page plugin adds a hook for ${name}, which nobody runs`);
          return this;
        },
      },
      decorate: once((name) => fastify.hasDecorator(name), fastify.decorate.bind(fastify) as never),
      decorateRequest: once(
        (name) => fastify.hasRequestDecorator(name),
        fastify.decorateRequest.bind(fastify) as never,
      ),
      decorateReply: once((name) => fastify.hasReplyDecorator(name), fastify.decorateReply.bind(fastify) as never),
    }) as FastifyInstance;
  }
}
