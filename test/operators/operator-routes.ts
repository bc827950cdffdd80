import type { FastifyInstance } from 'fastify';
import type { TestService } from '../support/service.js';

/** A route of the operators' site. */
export interface OperatorRoute {
  readonly method: 'GET' | 'POST';
  /** As the router has it, parameters with a colon. */
  readonly pattern: string;
  /** Part of the way in: there nobody is an operator yet. */
  readonly isEntrance: boolean;
}

/** First segments of the operators' site. */
const OPERATORS = /^\/(login|activity|stats|operator)(\/|\.|$)/;

/** Every route of the operators' site, from the tree that the router prints. */
export function operatorRoutes({ app }: TestService): OperatorRoute[] {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const routes: OperatorRoute[] = [];
  const path: string[] = [];
  for (const line of fastify.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', segment = '', methods = ''] = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (segment === '') continue;
    path.length = indent.length / 4;
    path.push(segment);
    const pattern = path.join('');
    if (!OPERATORS.test(pattern)) continue;
    for (const method of methods.split(', ')) {
      if (method !== 'GET' && method !== 'POST') continue;
      routes.push({ method, pattern, isEntrance: /^\/login(\/|$)/.test(pattern) });
    }
  }
  return routes;
}
