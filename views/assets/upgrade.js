// Reckons anew what a purchase comes to while licenses, schedule and start are chosen. The server decides what is charged; this shows
// the same sums, from the numbers that it put into the page.
(() => {
  const form = document.getElementById('upgrade-form');
  if (!form) return;
  const dollars = (cents) =>
    (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD', minimumFractionDigits: 2 });
  const licenses = form.elements.namedItem('licenses');
  const schedule = form.elements.namedItem('schedule');
  const start = form.elements.namedItem('remote_server_plan_start_date');
  const problem = document.getElementById('licenses-problem');
  const button = document.getElementById('buy');
  const fewest = Number(form.dataset.fewest);

  const count = () => Number(licenses.value);
  const isEnough = () => /^\d+$/.test(licenses.value.trim()) && count() >= fewest;

  const reckon = (box) => {
    const { unitPrice, discount, monthsLeft, months } = box.dataset;
    if (!unitPrice) return;
    const amount = Number(unitPrice) * count();
    const off = Math.min(Number(months), Number(monthsLeft)) * Number(discount);
    box.querySelector('[data-licenses]').textContent = String(count());
    box.querySelector('[data-amount]').textContent = dollars(amount);
    box.querySelector('[data-due]').textContent = dollars(Math.max(0, amount - off));
  };

  const update = () => {
    const chosen = schedule?.value ?? 'monthly';
    for (const box of form.querySelectorAll('.due')) {
      box.hidden = box.dataset.name !== chosen;
      if (licenses.type !== 'hidden' && isEnough()) reckon(box);
    }
    if (problem) {
      problem.hidden = isEnough();
      licenses.setAttribute('aria-invalid', String(!isEnough()));
    }
    if (start) {
      const isLater = start.value !== 'today';
      for (const part of form.querySelectorAll('[data-when]'))
        part.hidden = (part.dataset.when === 'later') !== isLater;
      if (button?.dataset.later) button.textContent = isLater ? button.dataset.later : button.dataset.now;
    }
  };
  form.addEventListener('input', update);
  update();
})();
