// Reckons anew what a purchase comes to while licenses, schedule and start are chosen. The server decides what is charged; this shows
// the same sums, from the numbers that it put into the page.
(() => {
  const form = document.getElementById('upgrade-form');
  if (!form) return;
  const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
  const numbers = new Intl.NumberFormat('en-US');
  const field = (name) => form.elements.namedItem(name);
  const licenses = field('licenses');
  const schedule = field('schedule');
  const start = field('remote_server_plan_start_date');
  const problem = document.getElementById('licenses-problem');
  const button = document.getElementById('buy');
  const fewest = Number(form.dataset.fewest);
  const isManual = licenses.type !== 'hidden';

  const isEnough = () => /^\d{1,9}$/.test(licenses.value.trim()) && Number(licenses.value) >= fewest;
  const isLater = () => start !== null && start.value !== 'today';
  const chosenBox = () => form.querySelector(`.due[data-name="${schedule.value}"]`);

  const reckon = (box) => {
    const { unitPrice, discount, monthsLeft, months } = box.dataset;
    if (!unitPrice) return;
    const count = Number(licenses.value);
    const amount = Number(unitPrice) * count;
    const off = Math.min(Number(months), Number(monthsLeft)) * Number(discount);
    box.querySelector('[data-licenses]').textContent = numbers.format(count);
    box.querySelector('[data-amount]').textContent = dollars.format(amount / 100);
    box.querySelector('[data-due]').textContent = dollars.format(Math.max(0, amount - off) / 100);
  };

  const update = () => {
    for (const box of form.querySelectorAll('.due')) {
      box.hidden = box.dataset.name !== schedule.value;
      if (isManual && isEnough()) reckon(box);
    }
    if (problem) {
      problem.hidden = isEnough();
      if (isEnough()) licenses.removeAttribute('aria-invalid');
      else licenses.setAttribute('aria-invalid', 'true');
    }
    for (const part of form.querySelectorAll('[data-when]'))
      part.hidden = (part.dataset.when === 'later') !== isLater();
    button.textContent = isLater() ? button.dataset.later : button.dataset.now;
  };

  // What is chosen stays while one looks at the other ways to pay: in this tab, and for this server or organization alone.
  const remembered = `upgrade:${form.dataset.entity}`;
  const choiceMade = () => JSON.parse(sessionStorage.getItem(remembered) ?? '{}');
  const remember = () => {
    const choice = choiceMade();
    if (schedule.type !== 'hidden') choice.schedule = schedule.value;
    if (start) choice.start = start.value;
    if (isManual) choice.licenses = licenses.value;
    sessionStorage.setItem(remembered, JSON.stringify(choice));
  };
  const recall = () => {
    const choice = choiceMade();
    if (choice.schedule && schedule.type !== 'hidden') schedule.value = choice.schedule;
    if (choice.start && start) start.value = choice.start;
    if (choice.licenses && isManual) licenses.value = choice.licenses;
  };

  const dialog = document.getElementById('confirm-invoice');
  if (dialog) {
    form.addEventListener('submit', (event) => {
      if (event.submitter?.id !== 'buy' || isLater()) return;
      event.preventDefault();
      document.getElementById('confirm-invoice-amount').textContent =
        chosenBox().querySelector('[data-due]').textContent;
      dialog.showModal();
    });
    document.getElementById('confirm-invoice-close').addEventListener('click', () => dialog.close());
  }

  form.addEventListener('input', () => {
    remember();
    update();
  });
  // After a refusal the form shows what was sent.
  if (!document.getElementById('problem')) recall();
  update();
})();
