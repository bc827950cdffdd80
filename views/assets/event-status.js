// Asks every three seconds how far a payment or a card has come, for two minutes at most. When there is something to tell, the server
// tells it: the page is loaded again, and leads on.
(() => {
  const box = document.getElementById('event-status');
  if (!box) return;
  const started = Date.now();
  const show = (id) => document.getElementById(id).removeAttribute('hidden');
  const stop = () => document.getElementById('event-waiting').remove();

  const fail = (text) => {
    stop();
    document.getElementById('event-failed-text').textContent = text;
    show('event-failed');
    show('event-actions');
  };

  const ask = async () => {
    const answer = await fetch(box.dataset.address, { headers: { 'X-Requested-With': 'XMLHttpRequest' } });
    const body = await answer.json();
    if (answer.status === 401) {
      if (body.login_url) window.location.assign(body.login_url);
      else fail('You are logged out. Please open plan management again from the menu of your organization.');
      return true;
    }
    const handler = body.session?.event_handler ?? body.stripe_invoice?.event_handler;
    if (handler?.status === 'failed' || body.stripe_invoice?.status === 'void') {
      fail(handler?.error?.message ?? 'The invoice was cancelled, and nothing was charged.');
      return true;
    }
    if (handler?.status === 'succeeded' && body.stripe_invoice?.status !== 'sent') {
      window.location.replace(box.dataset.reload);
      return true;
    }
    return false;
  };

  const poll = async () => {
    let isOver = false;
    try {
      isOver = await ask();
    } catch {
      // The connection broke; the next try may do better.
    }
    if (isOver) return;
    if (Date.now() - started > 120_000) {
      stop();
      show('event-late');
      return;
    }
    setTimeout(poll, 3_000);
  };
  void poll();
})();
