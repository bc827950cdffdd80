/** A command cannot do what it was asked; the message is for the operator. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
