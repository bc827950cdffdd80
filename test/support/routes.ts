import type { TestService } from './service.js';

/** A way to ask the service for something. */
export interface Route {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly path: string;
}

/** Everything the service answers, from Fastify's drawing of its routes: there a branch continues what stands above it. */
export function routesOf({ app }: Pick<TestService, 'app'>): Route[] {
  const above: string[] = [];
  const tree: string = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  return tree.split('\n').flatMap((line) => {
    const [, indent, step, methods] = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
    if (indent === undefined) return [];
    const path = (above[indent.length / 4 - 1] ?? '') + step;
    above[indent.length / 4] = path;
    return (methods?.split(', ') ?? []).map((method) => ({ method, path }));
  });
}
