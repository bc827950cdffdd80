import { withSlash } from '../../sessions/pages/with-slash.js';

/** Paths of a handler that answers with a slash at the end, and without one. */
export function bothSlashes(path = ''): string[] {
  return [withSlash(path), path === '' ? '/' : path];
}
