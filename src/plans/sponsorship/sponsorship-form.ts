import type { SponsorshipRequest } from '../customers/sponsorship-request.entity.js';

/** What somebody fills in who asks for sponsorship, checked by whoever takes it in. */
export interface SponsorshipForm
  extends Pick<
    SponsorshipRequest,
    | 'orgType'
    | 'orgWebsite'
    | 'orgDescription'
    | 'expectedTotalUsers'
    | 'planToUse'
    | 'paidUsersCount'
    | 'paidUsersDescription'
    | 'requestedPlan'
  > {
  /** Name of the type, for people. */
  readonly orgTypeName: string;
}
