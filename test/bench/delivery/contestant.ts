/** Something that sends pushes. All contestants send the same message to the same far end. */
export interface Contestant {
  /** Messages that one call sends. */
  readonly perCall: number;
  /** Sends; resolves when all have been answered. @throws Error when one was not taken */
  send(call: number): Promise<void>;
}

/** What a contestant needs to know. */
export interface ContestantOrder {
  /** `https://localhost:PORT` of the far end. */
  readonly origin: string;
  /** PEM certificate of the authority that signed for the far end. */
  readonly ca: string;
  readonly apnsKeyFile: string;
  readonly apnsIds: { readonly keyId: string; readonly teamId: string };
  readonly fcmAccountFile: string;
  readonly fcmProject: string;
}

export const TOPIC = 'org.zulip.Zulip';
export const TITLE = '#engineering > release planning';
export const TEXT = 'The engine weaves algebraic patterns just as the loom weaves flowers and leaves.';
/** What an Android app gets. */
export const DATA: Readonly<Record<string, string>> = {
  event: 'message',
  content: TEXT,
  sender_full_name: 'Ada Lovelace',
};

/** A device of Apple's for each call. */
export const appleTokenOf = (call: number): string => call.toString(16).padStart(64, 'a');
/** A device of Google's; theirs are about this long. */
export const googleTokenOf = (call: number): string => `${call}:`.padEnd(152, 'APA91b');
