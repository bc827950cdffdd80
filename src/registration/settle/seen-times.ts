/** A time that is younger than this need not be moved, milliseconds. Who reads it thinks in minutes. */
const FRESH_MS = 10_000;
/** Ids that are remembered; a process that serves more writes a few times more often. */
const MAX_IDS = 100_000;

/**
 * When this process last wrote the time of somebody's last request. Someone who sends fifty notifications a second would otherwise
 * have the same row written with each of them.
 */
export class SeenTimes {
  readonly #written = new Map<string, number>();

  /** Whether the time should be written now; counts as written from then on. Milliseconds of any clock. */
  due(id: string, now: number): boolean {
    const last = this.#written.get(id);
    // A clock that was set back must not keep a time from moving.
    if (last !== undefined && Math.abs(now - last) < FRESH_MS) return false;
    if (this.#written.size >= MAX_IDS) this.#written.clear();
    this.#written.set(id, now);
    return true;
  }

  /** These were not written after all. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#written.delete(id);
  }
}
