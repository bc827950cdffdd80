/** Parts that a window is counted in. */
const PARTS = 20;

/** How many of the sends of the last minutes met a dead token. Costs the same however many there are. */
export class SlidingShare {
  readonly #sends = new Float64Array(PARTS);
  readonly #dead = new Float64Array(PARTS);
  readonly #partMs: number;
  #latest = 0;

  constructor(windowMs: number) {
    this.#partMs = windowMs / PARTS;
  }

  /** `now`: milliseconds since the epoch. */
  add(now: number, sends: number, dead: number): void {
    this.#moveTo(now);
    const part = this.#latest % PARTS;
    this.#sends[part]! += sends;
    this.#dead[part]! += dead;
  }

  count(now: number): { readonly sends: number; readonly dead: number } {
    this.#moveTo(now);
    return { sends: sum(this.#sends), dead: sum(this.#dead) };
  }

  /** Empties the parts that have passed since; all of them where the clock was set back. */
  #moveTo(now: number): void {
    const part = Math.floor(now / this.#partMs);
    const passed = part - this.#latest;
    if (passed === 0) return;
    if (passed < 0 || passed >= PARTS) {
      this.#sends.fill(0);
      this.#dead.fill(0);
    } else {
      for (let i = 1; i <= passed; i++) {
        this.#sends[(this.#latest + i) % PARTS] = 0;
        this.#dead[(this.#latest + i) % PARTS] = 0;
      }
    }
    this.#latest = part;
  }
}

function sum(parts: Float64Array): number {
  let total = 0;
  for (const part of parts) total += part;
  return total;
}
