/** A line of a list: what it is about, and what there is to say. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  /** What the text leads to. */
  readonly address?: string;
  /** What the text means. */
  readonly badge?: { readonly kind: 'ok' | 'warn' | 'bad'; readonly text: string };
  /** A button copies the text. */
  readonly copy?: boolean;
}
