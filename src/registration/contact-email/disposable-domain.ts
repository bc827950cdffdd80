import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';

/** Built once: the package reads its list anew with every call. */
const DISPOSABLE: ReadonlySet<string> = disposableEmailBlocklistSet();

/**
 * Whether a domain belongs to a throw-away mail provider: it or any domain above it is on the public list of the
 * disposable-email-domains project.
 *
 * @param name lower case, punycode
 */
export function isDisposableDomain(name: string): boolean {
  const labels = name.split('.');
  return labels.some((_, depth) => DISPOSABLE.has(labels.slice(depth).join('.')));
}
