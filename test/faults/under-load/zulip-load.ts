import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection } from '../../bench/parts/http-connection.js';
import { basic, type Credentials } from '../../support/api-client.js';

/** What became of the notifications of a load. */
export interface LoadSummary {
  readonly notifications: number;
  /** Answered 200, in the end. */
  readonly accepted: number;
  /** Answers by status, 0 where the connection broke; those of repeated requests included. */
  readonly answers: Readonly<Record<string, number>>;
  /** Notifications that were sent more than once, and the most times that one was. */
  readonly repeated: number;
  readonly mostTries: number;
  /** Notifications that a Zulip server would have given up before: it repeats three times. */
  readonly beyondThreeRepeats: number;
  readonly seconds: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly servers: readonly Credentials[];
  readonly users: number;
  /** Requests open at once. */
  readonly lanes: number;
}

/** Between the tries of one notification; a Zulip server's queue is about as fast. Milliseconds. */
const PAUSE = 100;

/**
 * Sends notifications as Zulip servers do: one after another in each of many lanes, each again where it is answered with a failure
 * of the service's (5xx) or not at all; as often as it takes, so that whatever is lost was lost by the service. Notification `n`
 * goes to user `n` modulo `users`, and carries its number.
 */
export class ZulipLoad {
  private readonly answers: Record<string, number> = {};
  private readonly tries = new Map<number, number>();
  private readonly broken = new Set<number>();
  private next = 0;
  private accepted = 0;
  private goal = Number.POSITIVE_INFINITY;

  constructor(private readonly options: LoadOptions) {}

  /** Resolves when so many more have been answered 200. */
  async accepts(more: number): Promise<void> {
    const goal = this.accepted + more;
    while (this.accepted < goal) await sleep(5);
  }

  /** Notifications of which some request got no answer at all: its connection broke. */
  get unanswered(): ReadonlySet<number> {
    return this.broken;
  }

  /**
   * Sends so many notifications at least, and goes on until `over` resolves.
   *
   * @throws Error for an answer that a Zulip server does not repeat
   */
  async run(count: number, over: Promise<unknown> = Promise.resolve()): Promise<LoadSummary> {
    const begun = performance.now();
    void over.finally(() => {
      this.goal = count;
    });
    await Promise.all(Array.from({ length: this.options.lanes }, () => this.lane()));
    return {
      notifications: this.next,
      accepted: this.accepted,
      answers: this.answers,
      repeated: this.tries.size,
      mostTries: Math.max(1, ...this.tries.values()),
      beyondThreeRepeats: [...this.tries.values()].filter((tries) => tries > 4).length,
      seconds: Math.round((performance.now() - begun) / 100) / 10,
    };
  }

  private async lane(): Promise<void> {
    let connection = new HttpConnection(this.options.port);
    try {
      while (this.next < this.goal) {
        const number = this.next++;
        const request = this.request(number);
        for (let tries = 1; ; tries++) {
          const status = await new Promise<number>((resolve) => connection.send(request, resolve));
          this.answers[status] = (this.answers[status] ?? 0) + 1;
          if (status === 200) break;
          if (status > 0 && status < 500) throw new Error(`a notification was answered ${status}`);
          this.tries.set(number, tries + 1);
          if (status === 0) this.broken.add(number);
          connection.close();
          await sleep(PAUSE);
          connection = new HttpConnection(this.options.port);
        }
        this.accepted++;
      }
    } finally {
      connection.close();
    }
  }

  private request(number: number): string {
    const { servers, users } = this.options;
    const user = number % users;
    const auth = servers[user % servers.length]!;
    const body = JSON.stringify({
      user_id: 1_000 + user,
      apns_payload: {
        alert: { title: 'Ada', body: 'The engine weaves' },
        custom: { zulip: { message_ids: [number] } },
      },
      gcm_payload: { event: 'message', content: 'The engine weaves', message_ids: number },
    });
    return [
      'POST /api/v1/remotes/push/notify HTTP/1.1',
      'Host: 127.0.0.1',
      'User-Agent: ZulipServer/11.0',
      `Authorization: ${basic(auth)}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }
}
