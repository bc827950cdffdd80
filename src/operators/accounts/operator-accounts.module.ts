import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateLimitModule } from '../../protocol/rate-limit/rate-limit.module.js';
import { Credentials } from './credentials.service.js';
import { LoginThrottle } from './login-throttle.js';
import { Operator } from './operator.entity.js';
import { OperatorAudit } from './operator-audit.js';
import { OperatorEvent } from './operator-event.entity.js';
import { OperatorLink } from './operator-link.entity.js';
import { OperatorLinks } from './operator-links.js';
import { OperatorRecords } from './operator-records.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { SecondFactors } from './second-factors.js';
import { SecretSeal } from './secret-seal.js';

/** Entities of this module, for the comparison of code and schema. */
export const operatorAccountsEntities = [Operator, OperatorLink, RecoveryCode, OperatorEvent] as const;

/** Who the operators are and how they prove it; the pages are in `login/`, the commands in the command line. */
@Module({
  imports: [TypeOrmModule.forFeature([...operatorAccountsEntities]), RateLimitModule],
  providers: [OperatorAudit, OperatorLinks, OperatorRecords, SecretSeal, SecondFactors, Credentials, LoginThrottle],
  exports: [OperatorAudit, OperatorRecords, OperatorLinks, Credentials, SecondFactors, LoginThrottle],
})
export class OperatorAccountsModule {}
