import type { NavigationLink, Surroundings } from '../../sessions/pages/page-renderer.js';
import type { KnownOperator } from '../accounts/known-operator.js';

/** The operators' pages that one can go to from everywhere. */
const NAVIGATION: readonly NavigationLink[] = [
  { address: '/activity/', label: 'Overview' },
  { address: '/activity/remote', label: 'Servers' },
  { address: '/activity/remote/support', label: 'Support' },
  { address: '/activity/service', label: 'Service' },
  { address: '/operator/account/', label: 'Account' },
];

/** Where an operator arrives who wanted nothing in particular. */
export const LANDING_PAGE = '/activity/remote';

export const LOG_OUT_ADDRESS = '/operator/logout/';

/** What stands around the pages of an operator. */
export function operatorSurroundings({ email, role }: KnownOperator): Surroundings {
  return {
    navigation: NAVIGATION,
    identity: role === 'view' ? `${email} (may look, not act)` : email,
    logOutAddress: LOG_OUT_ADDRESS,
  };
}
