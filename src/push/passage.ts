import { Inject, Injectable } from '@nestjs/common';
import type { Exchange } from '../protocol/exchange.decorator.js';
import { Admission, type PushClass } from './admission/admission.js';
import type { Attempt } from './repeats/attempt.js';
import { Repeats } from './repeats/repeats.js';

/** A request to notify: whose, where it came in, and how badly it is missed. */
export interface PassageRequest {
  readonly serverId: string;
  readonly endpoint: string;
  readonly kind: PushClass;
  readonly exchange: Exchange;
}

/** What every notification goes through before it is worked on: is there room for it, and has its server sent it before. */
@Injectable()
export class Passage {
  constructor(
    @Inject(Admission) private readonly admission: Admission,
    @Inject(Repeats) private readonly repeats: Repeats,
  ) {}

  /** @throws AppError `push.overload` where there is no room; else whatever the work throws */
  run<T>({ serverId, endpoint, kind, exchange }: PassageRequest, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    return this.admission.run(serverId, kind, () => this.repeats.watch(`${serverId} ${endpoint}`, exchange, work));
  }
}
