import type { TestService } from '../support/service.js';

/** A route of the operators' site. */
export interface OperatorRoute {
  readonly method: 'GET' | 'POST';
  /** As the router has it, parameters with a colon. */
  readonly pattern: string;
  /** Anybody may come there: it is how operators get in. */
  readonly isOpen: boolean;
}

/** First segments of the operators' site. */
const OPERATORS = /^\/(login|activity|stats|operator)(\/|$)/;
/** Where operators prove who they are: before that nobody is one. */
const OPEN = /^\/(login(\/|$)|operator\/(link|oidc|open-?id)(\/|$))/;

/** Every route of the operators' site that the service answers, from its router. */
export function operatorRoutes({ app }: TestService): OperatorRoute[] {
  const tree = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const routes: OperatorRoute[] = [];
  const path: string[] = [];
  for (const line of tree.split('\n')) {
    const [, indent = '', segment = '', methods] = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (segment === '') continue;
    path.length = indent.length / 4;
    path.push(segment);
    const pattern = path.join('');
    if (!methods || !OPERATORS.test(pattern)) continue;
    for (const method of methods.split(', ')) {
      if (method === 'GET' || method === 'POST') routes.push({ method, pattern, isOpen: OPEN.test(pattern) });
    }
  }
  return routes;
}
