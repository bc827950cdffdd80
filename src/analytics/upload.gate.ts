import { AppError } from '../common/errors.js';

/** How many uploads this process has in hand, and how many may wait. */
export interface GateLimits {
  readonly inHand: number;
  readonly waiting: number;
  readonly waitingPerServer: number;
  readonly waitMillis: number;
}

/**
 * An upload in hand takes up to about 50 MB and a database connection, so a few at a time; one that waits takes nothing, since its body
 * is still in the socket. Clients give up after 90 s, and a request must have arrived within 120 s.
 */
const LIMITS: GateLimits = { inHand: 6, waiting: 500, waitingPerServer: 4, waitMillis: 45_000 };

interface Waiting {
  readonly serverId: string;
  readonly enter: () => void;
}

/**
 * Lets a bounded number of uploads in at once, in the order in which they came, and of each server one at a time: several of one server
 * would only hold up others while they wait for its row. Whoever cannot be served soon is told to come again.
 */
export class UploadGate {
  private readonly inHand = new Set<string>();
  private line: Waiting[] = [];

  constructor(private readonly limits: GateLimits = LIMITS) {}

  /** @throws AppError `http.unavailable` where too many are waiting, or the wait has become too long */
  async pass<T>(serverId: string, work: () => Promise<T>): Promise<T> {
    await this.enter(serverId);
    try {
      return await work();
    } finally {
      this.inHand.delete(serverId);
      this.admit();
    }
  }

  private async enter(serverId: string): Promise<void> {
    const { waiting, waitingPerServer, waitMillis } = this.limits;
    const ofServer = this.line.filter((other) => other.serverId === serverId).length;
    if (this.line.length >= waiting || ofServer >= waitingPerServer) throw busy();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.line = this.line.filter((other) => other !== entry);
        reject(busy());
      }, waitMillis);
      const entry: Waiting = {
        serverId,
        enter: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.line.push(entry);
      this.admit();
    });
  }

  private admit(): void {
    while (this.inHand.size < this.limits.inHand) {
      const next = this.line.find(({ serverId }) => !this.inHand.has(serverId));
      if (!next) return;
      this.line = this.line.filter((other) => other !== next);
      this.inHand.add(next.serverId);
      next.enter();
    }
  }
}

function busy(): AppError {
  return new AppError('http.unavailable', {}, {}, { 'Retry-After': '30' });
}
