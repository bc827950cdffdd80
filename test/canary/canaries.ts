import { randomBytes } from 'node:crypto';

/** What a planted string stands for, which decides where it may be found. */
export type CanaryKind =
  /** What a notification says. May be nowhere. */
  | 'content'
  /** A server's key, or any password. May be nowhere. */
  | 'key'
  /** A device token. May be in the database. */
  | 'token'
  /** E-mail addresses and what else servers tell about themselves. May be in the database. */
  | 'metadata';

/** How the strings of each kind begin. Hexadecimal for tokens, since Apple's consist of nothing else. */
const PREFIX: Readonly<Record<CanaryKind, string>> = {
  content: 'qzcanarycontentqz',
  key: 'qzcanarykeyqz',
  token: 'decafcacafeedca9a2',
  metadata: 'qzcanarymetadataqz',
};

let planted = 0;

/** A new string of this kind: letters and digits only, so that no encoding of text changes it. */
export function canary(kind: CanaryKind): string {
  planted += 1;
  return `${PREFIX[kind]}${planted.toString(16).padStart(6, '0')}${randomBytes(4).toString('hex')}`;
}

/** A number that stands for content: what no other number begins with. */
export function canaryNumber(): number {
  planted += 1;
  return Number(`${CONTENT_DIGITS}${String(planted).padStart(6, '0')}`);
}

const CONTENT_DIGITS = '271737475';

/** A key that the protocol takes: 64 characters. */
export function canaryKey(): string {
  return canary('key').padEnd(64, '0');
}

/** A find: where, of which kind, and the surroundings that tell which string it is. */
export interface Find {
  readonly place: string;
  readonly kind: CanaryKind;
  readonly around: string;
}

/** Looks for everything of these kinds in some bytes, in plain or other case, as hexadecimal, as base64, or percent-encoded. */
export function find(place: string, bytes: Buffer, kinds: readonly CanaryKind[]): Find[] {
  const lower = Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1');
  return kinds.flatMap((kind) => {
    const needles = [PREFIX[kind], ...(kind === 'content' ? [CONTENT_DIGITS] : [])].flatMap(spellings);
    const hit = needles
      .map(({ text, anyCase }) => (anyCase ? lower : bytes).indexOf(text, 0, 'latin1'))
      .find((at) => at !== -1);
    if (hit === undefined) return [];
    return [{ place, kind, around: bytes.toString('latin1', Math.max(0, hit - 80), hit + 60) }];
  });
}

interface Needle {
  readonly text: string;
  readonly anyCase: boolean;
}

function spellings(text: string): Needle[] {
  const bytes = Buffer.from(text, 'latin1');
  // In base64 a text looks different at each of three offsets; the characters that its neighbours share in are left out.
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return { text: encoded.slice(offset === 0 ? 0 : offset + 1, encoded.length - 4), anyCase: false };
  });
  return [{ text, anyCase: true }, { text: bytes.toString('hex'), anyCase: true }, ...base64];
}
