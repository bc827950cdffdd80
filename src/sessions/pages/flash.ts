import type { FastifyRequest } from 'fastify';

/** A sentence that the next page shows once: what came of the form before it. */
export interface Flash {
  readonly kind: 'success' | 'warning' | 'error';
  readonly text: string;
}

declare module 'fastify' {
  interface Session {
    flash?: Flash;
  }
}

/** Leaves a sentence for the next page of this session. It is kept on the server, so nobody can put words there by a link. */
export function flash(request: FastifyRequest, kind: Flash['kind'], text: string): void {
  request.session.flash = { kind, text };
}

/** The sentence left by the request before, if any; it is forgotten. */
export function takeFlash(request: FastifyRequest): Flash | undefined {
  const left = request.session?.flash;
  if (left) delete request.session.flash;
  return left;
}
