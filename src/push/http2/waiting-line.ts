import type { Flight } from './flight.js';

/**
 * Requests waiting for a stream, first come first served; what a peer returned unprocessed goes to the front. Settled flights
 * are skipped where they stand.
 */
export class WaitingLine {
  #front: Flight[] = [];
  #items: Flight[] = [];
  #head = 0;
  #live = 0;

  /** Flights waiting that are not settled. */
  get size(): number {
    return this.#live;
  }

  push(flight: Flight, now: number): void {
    flight.waitingSince = now;
    this.#items.push(flight);
    this.#live++;
    // Settled flights must not be held until the line moves, or a long outage would keep their bodies in memory.
    this.#trim();
  }

  unshift(flight: Flight, now: number): void {
    flight.waitingSince = now;
    this.#front.push(flight);
    this.#live++;
  }

  /** A waiting flight was settled from outside. */
  dropped(): void {
    this.#live--;
    if (this.#live === 0) this.#reset();
    else this.#trim();
  }

  /** The next flight, left in place. */
  peek(): Flight | undefined {
    while (this.#front.length > 0 && this.#front[this.#front.length - 1]!.settled) this.#front.pop();
    this.#trim();
    return this.#front[this.#front.length - 1] ?? this.#items[this.#head];
  }

  /** Takes out the flight that `peek` returned. */
  shift(): Flight | undefined {
    const flight = this.peek();
    if (!flight) return undefined;
    if (this.#front[this.#front.length - 1] === flight) this.#front.pop();
    else this.#head++;
    this.#live--;
    if (this.#live === 0) this.#reset();
    return flight;
  }

  /** The flights that have waited since before `time`, oldest first; they stay in line until settled. */
  since(time: number): Flight[] {
    const late = this.#front.filter((flight) => !flight.settled && flight.waitingSince < time);
    for (let i = this.#head; i < this.#items.length; i++) {
      const flight = this.#items[i]!;
      if (flight.waitingSince >= time) break;
      if (!flight.settled) late.push(flight);
    }
    return late;
  }

  #trim(): void {
    while (this.#head < this.#items.length && this.#items[this.#head]!.settled) this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  #reset(): void {
    this.#front = [];
    this.#items = [];
    this.#head = 0;
  }
}
