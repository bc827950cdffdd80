import { describe, expect, it } from 'vitest';
import { type CanaryKind, canary, canaryNumber, find } from './canaries.js';

const KINDS: readonly CanaryKind[] = ['content', 'key', 'token', 'metadata'];
const kindsIn = (text: string) => find('here', Buffer.from(text), KINDS).map(({ kind }) => kind);

describe('the search for planted strings', () => {
  it.each(KINDS)('finds %s in whatever spelling', (kind) => {
    const text = canary(kind);
    for (const spelling of [
      text,
      text.toUpperCase(),
      Buffer.from(text).toString('hex'),
      Buffer.from(text).toString('base64'),
      Buffer.from(`x${text}`).toString('base64url'),
      Buffer.from(`xy${text}z`).toString('base64'),
      JSON.stringify({ nested: JSON.stringify({ text }) }),
      encodeURIComponent(text),
    ]) {
      expect(kindsIn(`before ${spelling} after`)).toEqual([kind]);
    }
  });

  it('finds numbers that stand for content', () => {
    expect(kindsIn(`"ids": [1, ${canaryNumber()}]`)).toEqual(['content']);
  });

  it('finds nothing where nothing is, and says where it is and what stands around it where it is', () => {
    expect(kindsIn('nothing of that kind')).toEqual([]);
    const text = canary('token');
    expect(find('a log', Buffer.from(`the token ${text}`), KINDS)).toEqual([
      { place: 'a log', kind: 'token', around: `the token ${text}` },
    ]);
  });
});
