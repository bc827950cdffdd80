// Buttons that copy an address or an id. Without a script they are not there.
for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });
}
// Who leaves one of the two discounted prices has the other, if empty, in the ratio of the list prices.
for (const form of document.querySelectorAll('form[data-prices]')) {
  const [monthly, annual] = form.querySelectorAll('input[data-list]');
  const isOpen = (input) => input.value === '' || (input.value === '0' && input.defaultValue === '0');
  const fill = (from, to) => {
    if (from.value === '' || from.value === '0' || !isOpen(to)) return;
    to.value = String(Math.round((Number(from.value) * Number(to.dataset.list)) / Number(from.dataset.list)));
  };
  monthly.addEventListener('change', () => fill(monthly, annual));
  annual.addEventListener('change', () => fill(annual, monthly));
}
