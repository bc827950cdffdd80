import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import { type Page, page } from '../../sessions/pages/page.js';

/**
 * Shown instead of a page that needs to know how many users there are, while that is not known: since the server uploads nothing, or
 * has stopped. Says when data came last, and what its administrator can do.
 */
export function notUploadingPage({ kind, host, usage }: PlanOverview): Page {
  return page('portal/not-uploading', `${host} is not uploading usage data`, {
    host,
    uploadedAt: usage.uploadedAt,
    knowsRealms: kind === 'realm' || usage.knowsRealms,
  });
}
