/** Tokens that a server still believes in and that are no longer registered, in the server's own spelling, sorted. */
export interface DeletedDevices {
  readonly android_devices: string[];
  readonly apple_devices: string[];
}

/** Google's tokens are compared exactly. */
export function missingAndroid(claimed: readonly string[], registered: ReadonlySet<string>): string[] {
  if (claimed.length === 0) return [];
  return [...new Set(claimed)].filter((token) => !registered.has(token)).sort();
}

/**
 * Apple's tokens are compared without regard to case. The first spelling of a token that the server names is the one that counts;
 * any other spelling of it is reported, so that the server keeps one.
 *
 * @param registered tokens in lower case
 */
export function missingApple(claimed: readonly string[], registered: ReadonlySet<string>): string[] {
  if (claimed.length === 0) return [];
  const canonical = new Map<string, string>();
  const missing = new Set<string>();
  for (const token of claimed) {
    const lower = token.toLowerCase();
    const first = canonical.get(lower);
    if (first === undefined) {
      canonical.set(lower, token);
      if (!registered.has(lower)) missing.add(token);
    } else if (first !== token) {
      missing.add(token);
    }
  }
  return [...missing].sort();
}
