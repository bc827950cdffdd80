// The billing page: what costs or loses something is asked in a dialog first, and numbers are looked at while they are typed. Without
// this script the question comes as a page of its own. The server decides.
(() => {
  const NUMBERS = new Intl.NumberFormat('en-US');

  // Shows what is wrong with a number, and the button only where it would change something. Answers whether it would.
  const watch = (form) => {
    const { current, fewest } = form.dataset;
    const input = form.querySelector('input[type=number]');
    const problem = document.getElementById(`${input.id}-problem`);
    const button = form.querySelector('button[type=submit]:not([name])');
    const isNumber = () => /^\d{1,9}$/.test(input.value.trim());
    const problemOf = () => {
      if (!isNumber() || Number(input.value) === Number(current)) return '';
      if ('onlyMore' in form.dataset && Number(input.value) < Number(current)) {
        return 'The number can only increase in this period.';
      }
      return Number(input.value) < Number(fewest) ? `Please enter at least ${fewest}.` : '';
    };
    const isReady = () => isNumber() && Number(input.value) !== Number(current) && problemOf() === '';
    const update = () => {
      problem.textContent = problemOf();
      problem.hidden = problemOf() === '';
      if (problemOf() === '') input.removeAttribute('aria-invalid');
      else input.setAttribute('aria-invalid', 'true');
      button.hidden = !isReady();
    };
    form.noValidate = true;
    input.addEventListener('input', update);
    // After a refusal, what the server said stays until something else is entered.
    if (problem.hidden) update();
    return isReady;
  };

  for (const form of document.querySelectorAll('form[data-asks]')) {
    const isReady = 'fewest' in form.dataset ? watch(form) : () => true;
    const dialog = document.getElementById(form.dataset.asks);
    const text = dialog.querySelector('[data-text]');
    form.addEventListener('submit', (event) => {
      if (event.submitter?.name === 'confirmed') return;
      event.preventDefault();
      if (!isReady()) return;
      const chosen = Number(form.querySelector('input[type=number]')?.value);
      text.textContent = text.dataset.text
        .replace('{count}', NUMBERS.format(chosen))
        .replace('{more}', NUMBERS.format(chosen - Number(form.dataset.current)));
      dialog.showModal();
    });
    dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
  }

  const frequency = document.getElementById('frequency');
  if (frequency) {
    const button = document.getElementById('change-frequency');
    const coming = frequency.value;
    const update = () => {
      button.hidden = frequency.value === coming;
    };
    frequency.addEventListener('input', update);
    update();
  }
})();
