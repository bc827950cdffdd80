// A form that was sent shows that it is under way, and is not sent a second time by a second click.
document.addEventListener('submit', (event) => {
  const { submitter, target } = event;
  if (event.defaultPrevented) return;
  if (target.dataset.sent) {
    event.preventDefault();
    return;
  }
  target.dataset.sent = 'yes';
  submitter?.setAttribute('aria-busy', 'true');
});
// Back from another page, the form can be used again.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  for (const button of document.querySelectorAll('button[aria-busy]')) button.removeAttribute('aria-busy');
});
