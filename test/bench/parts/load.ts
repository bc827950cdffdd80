import { answerCalls } from './answer-calls.js';
import { HttpConnection } from './http-connection.js';
import type { Population } from './population.js';
import { notifyRequests, type RequestMaker, registerRequests } from './requests.js';
import { quantile } from './rounds.js';

/** What to ask, and of whom. */
export interface LoadOrder {
  readonly port: number;
  readonly endpoint: 'notify' | 'register';
  readonly population: Population;
  readonly seconds: number;
  /** The first user asked for; the following ones follow in steps. */
  readonly first: number;
  /** Requests open at once; as many connections. With `rate`, the most connections: they are made as they are needed. */
  readonly inFlight: number;
  /** Only users of these servers, `count` of them from number `first` on; absent: of all. */
  readonly among?: { readonly first: number; readonly count: number };
  /** Requests begun per second, however long the answers take; absent: a new one as soon as one is answered. */
  readonly rate?: number;
  /** Whether the result holds the time of every answer. */
  readonly everyTime?: boolean;
}

/** What came of it. Times in milliseconds; with a rate they count from when the request was due. */
export interface LoadResult {
  readonly answered: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers other than 200 by status; 0: the connection broke. */
  readonly failed: Readonly<Record<string, number>>;
  /** Of every answer, where that was ordered. */
  readonly times?: readonly number[];
}

/** A step that visits every user before it visits one twice, as long as it has no divisor in common with their number. */
const STEP = 7919;

const makers: Readonly<Record<LoadOrder['endpoint'], RequestMaker>> = {
  notify: notifyRequests(),
  register: registerRequests(),
};

class Load {
  private readonly connections: HttpConnection[] = [];
  private readonly times: number[] = [];
  private readonly failed: Record<string, number> = {};
  private asked = 0;
  private open = 0;

  constructor(private readonly order: LoadOrder) {}

  async run(): Promise<LoadResult> {
    const begun = performance.now();
    const endsAt = begun + this.order.seconds * 1000;
    if (this.order.rate === undefined) await this.asFastAsItGoes(endsAt);
    else await this.atRate(this.order.rate, begun, endsAt);
    const seconds = (performance.now() - begun) / 1000;
    for (const connection of this.connections) connection.close();
    return {
      answered: this.times.length,
      perSecond: this.times.length / seconds,
      p50: quantile(this.times, 0.5),
      p99: quantile(this.times, 0.99),
      failed: this.failed,
      ...(this.order.everyTime ? { times: this.times } : {}),
    };
  }

  private async asFastAsItGoes(endsAt: number): Promise<void> {
    await Promise.all(
      Array.from(
        { length: this.order.inFlight },
        () =>
          new Promise<void>((resolve) => {
            const connection = this.connect();
            const next = () => {
              const now = performance.now();
              if (now < endsAt) this.ask(connection, now, next);
              else resolve();
            };
            next();
          }),
      ),
    );
  }

  private async atRate(rate: number, begun: number, endsAt: number): Promise<void> {
    const idle: HttpConnection[] = [];
    const due: number[] = [];
    const total = Math.floor((rate * (endsAt - begun)) / 1000);
    let planned = 0;
    await new Promise<void>((resolve) => {
      const pump = () => {
        while (due.length > 0 && (idle.length > 0 || this.open < this.order.inFlight)) {
          let connection = idle.pop();
          // A server closes connections that were idle for long.
          if (!connection?.open) connection = this.connect();
          this.ask(connection, due.shift() as number, () => {
            idle.push(connection);
            pump();
          });
        }
        if (planned === total && due.length === 0 && this.open === 0) resolve();
      };
      const timer = setInterval(() => {
        const now = performance.now();
        for (; planned < total && begun + (planned * 1000) / rate <= now; planned++)
          due.push(begun + (planned * 1000) / rate);
        if (planned === total) clearInterval(timer);
        pump();
      }, 1);
    });
  }

  private connect(): HttpConnection {
    const connection = new HttpConnection(this.order.port);
    this.connections.push(connection);
    return connection;
  }

  private ask(connection: HttpConnection, since: number, done: () => void): void {
    const { endpoint, population } = this.order;
    const user = this.nextUser();
    this.open++;
    connection.send(makers[endpoint](population, user), (status) => {
      this.open--;
      if (status === 200) this.times.push(performance.now() - since);
      else this.failed[status] = (this.failed[status] ?? 0) + 1;
      done();
    });
  }

  private nextUser(): number {
    const { endpoint, population, first, among } = this.order;
    const asked = this.asked++;
    if (endpoint === 'register') return first + asked;
    if (!among) return (first + asked * STEP) % population.users;
    const place = (first + asked * STEP) % (Math.floor(population.users / population.servers) * among.count);
    return Math.floor(place / among.count) * population.servers + among.first + (place % among.count);
  }
}

answerCalls({ run: (order: LoadOrder) => new Load(order).run() });
