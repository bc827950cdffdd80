/** One mail for one address, ready to go. */
export interface ComposedMail {
  /** Stays the same when it is sent again. */
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly replyTo?: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly date: Date;
  /** For the name of a file. */
  readonly name: string;
}

/** A mail could not be handed over. The message says why in the protocol's codes and names nobody. */
export class MailProblem extends Error {
  override readonly name = 'MailProblem';

  constructor(
    message: string,
    /** Trying again is useless: the address is refused for good (RFC 5321, 4.2.1: 5yz). */
    readonly permanent: boolean,
  ) {
    super(message);
  }
}

/** Where mail goes. */
export abstract class MailTransport {
  /**
   * Hands a mail over; resolves when it was accepted.
   *
   * @throws MailProblem
   */
  abstract send(mail: ComposedMail): Promise<void>;
}
