/**
 * Paths of a handler that answers with a slash at the end, and without one. The framework takes one slash from the end of a path:
 * a second one keeps it.
 */
export function withSlash(path = ''): string[] {
  return [`${path}//`, path === '' ? '/' : path];
}
