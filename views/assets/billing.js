// Says what is wrong with a number of licenses while it is typed. The server decides.
for (const form of document.querySelectorAll('form[data-fewest]')) {
  const input = form.querySelector('input[type=number]');
  const problem = document.getElementById(`${input.id}-problem`);
  const initial = input.value;
  const update = () => {
    const isEnough = /^\d+$/.test(input.value.trim()) && Number(input.value) >= Number(form.dataset.fewest);
    const isTouched = input.value !== initial;
    problem.hidden = isEnough || !isTouched;
    input.setAttribute('aria-invalid', String(isTouched && !isEnough));
  };
  input.addEventListener('input', update);
}
