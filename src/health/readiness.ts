import { Injectable } from '@nestjs/common';

/** Whether the service wants requests. Goes to false first thing at shutdown, so that load balancers turn away in time. */
@Injectable()
export class Readiness {
  private stopping = false;

  /** From now on `/health/ready` answers 503. */
  stop(): void {
    this.stopping = true;
  }

  get isStopping(): boolean {
    return this.stopping;
  }
}
