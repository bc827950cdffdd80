// Asks every three seconds how far a payment or a card has come, for two minutes at most. Once there is something to tell, the server
// tells it: the page is loaded again, and leads on.
(() => {
  const box = document.getElementById('event-status');
  if (!box?.dataset.address) return;
  const started = Date.now();

  const reload = () => window.location.replace(box.dataset.again);

  const giveUp = () => {
    document.getElementById('event-waiting').remove();
    document.getElementById('event-late').removeAttribute('hidden');
  };

  // Whether waiting is over.
  const ask = async () => {
    const answer = await fetch(box.dataset.address, { headers: { 'X-Requested-With': 'XMLHttpRequest' } });
    if (answer.status >= 500 || answer.status === 429) return false;
    const body = await answer.json();
    if (answer.status === 401) {
      if (body.login_url) window.location.assign(body.login_url);
      else reload();
      return true;
    }
    const { status, event_handler: handler } = body.session ?? body.stripe_invoice ?? {};
    const isHandled = handler?.status === 'succeeded' || handler?.status === 'failed';
    if (answer.ok && status !== 'void' && !(isHandled && status !== 'sent')) return false;
    reload();
    return true;
  };

  const poll = async () => {
    // The connection may break; the next try may do better.
    if (await ask().catch(() => false)) return;
    if (Date.now() - started > 120_000) giveUp();
    else setTimeout(poll, 3_000);
  };
  void poll();
})();
