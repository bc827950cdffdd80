import { Injectable } from '@nestjs/common';

/** The terms that everybody accepts who manages a plan. Only a new major version is asked about again. */
@Injectable()
export class TermsOfService {
  /** `major.minor`. */
  version = '1.0';

  /** Whether somebody has to accept the terms. @param accepted the version accepted last, if any */
  mustBeAccepted(accepted: string | null): boolean {
    return accepted === null || major(accepted) < major(this.version);
  }
}

function major(version: string): number {
  return Number.parseInt(version, 10) || 0;
}
