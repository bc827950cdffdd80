/** Data of a successful answer. */
export type WireData = Readonly<Record<string, unknown>>;

/** The envelope of a successful answer (docs/protocol.md, Answers). */
export function success(data: object = {}): { result: 'success'; msg: '' } & Record<string, unknown> {
  return { result: 'success', msg: '', ...data };
}
