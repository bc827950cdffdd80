import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerCalls } from '../parts/answer-calls.js';
import type { Population } from '../parts/population.js';
import { notifyRequests } from '../parts/requests.js';

/** A flood of notifications of server number 0, all of them the same. */
export interface FloodOrder {
  readonly port: number;
  readonly population: Population;
  readonly perSecond: number;
  readonly seconds: number;
  /** Each with one request at a time, as a worker of a Zulip server has it: what is due while all of them wait is sent when one is free. */
  readonly connections: number;
}

/** Answers by status; 0: the connection broke. */
export type FloodResult = Readonly<Record<string, number>>;

/** Milliseconds between looks at what is due: each costs the machine a wake-up, and a few requests at once do no harm. */
const TICK = 5;
const ZERO = 0x30;
/** Where the status stands in an answer: `HTTP/1.1 429 `. */
const STATUS = 9;

/**
 * Sends one request over and over, as cheaply as it can: what the sender takes of the machine is taken from the service that is measured.
 * The bytes are the same every time, and of an answer only the status is looked at. Both far ends write an answer at once, so that what
 * begins like one is one, whole.
 */
class Flood {
  private readonly request: Buffer;
  private readonly idle: Socket[] = [];
  private readonly all: Socket[] = [];
  private readonly counts: Record<string, number> = {};
  private over = false;
  /** Called after every answer, with its status. */
  private whenAnswered: (status: number) => void = () => undefined;

  constructor(private readonly order: FloodOrder) {
    this.request = Buffer.from(notifyRequests()(order.population, 0));
    for (let i = 0; i < order.connections; i++) this.open();
  }

  /** For a while, at a steady pace, as far as there are connections free. */
  async steadily(): Promise<FloodResult> {
    const { perSecond, seconds } = this.order;
    const begun = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begun) * perSecond) / 1000);
      while (sent < due && this.send()) sent++;
    }, TICK);
    await sleep(seconds * 1000);
    clearInterval(timer);
    return this.end();
  }

  /** As fast as it goes, until it is refused: then nothing of the limit is left. */
  async untilRefused(): Promise<FloodResult> {
    await new Promise<void>((resolve) => {
      this.whenAnswered = (status) => {
        if (status === 429) resolve();
        else this.send();
      };
      while (this.send());
    });
    return this.end();
  }

  private end(): FloodResult {
    this.over = true;
    this.whenAnswered = () => undefined;
    for (const socket of this.all) socket.destroy();
    return this.counts;
  }

  /** One request, where a connection is free. */
  private send(): boolean {
    const socket = this.idle.pop();
    socket?.write(this.request);
    return socket !== undefined;
  }

  private open(): void {
    const read = (length: number, answer: Uint8Array) => {
      // The rest of an answer that came in two parts does not begin so.
      if (length > STATUS + 3 && answer[0] === 0x48 && answer[1] === 0x54) {
        const digit = (place: number) => (answer[STATUS + place] ?? 0) - ZERO;
        this.idle.push(socket);
        this.count(digit(0) * 100 + digit(1) * 10 + digit(2));
      }
      return true;
    };
    const socket: Socket = connect({
      port: this.order.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: Buffer.alloc(4_096), callback: read },
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.over) return;
      const place = this.idle.indexOf(socket);
      if (place !== -1) this.idle.splice(place, 1);
      this.open();
      // Else it was idle, and nothing of what was sent is lost.
      if (place === -1) this.count(0);
    });
    this.idle.push(socket);
    this.all.push(socket);
  }

  private count(status: number): void {
    this.counts[status] = (this.counts[status] ?? 0) + 1;
    this.whenAnswered(status);
  }
}

answerCalls({
  steadily: (order: FloodOrder) => new Flood(order).steadily(),
  untilRefused: (order: FloodOrder) => new Flood(order).untilRefused(),
});
