// Says what an organization of the chosen type can expect, and what is missing, before the form is sent.
(() => {
  const form = document.getElementById('sponsorship-form');
  if (!form) return;

  const type = document.getElementById('organization_type');
  const hint = document.getElementById('organization_type-hint');
  const showHint = () => {
    hint.querySelector('p').textContent = type.selectedOptions[0]?.dataset.hint ?? hint.dataset.others;
  };
  type.addEventListener('input', showHint);
  showHint();

  // Only what is missing; whether an address is one is for the server to say.
  const check = (field) => {
    const problem = document.getElementById(`${field.id}-problem`);
    const isMissing = field.value.trim() === '';
    problem.textContent = problem.dataset.missing;
    problem.hidden = !isMissing;
    if (isMissing) field.setAttribute('aria-invalid', 'true');
    else field.removeAttribute('aria-invalid');
    return !isMissing;
  };
  const required = [...form.querySelectorAll('[required]')];
  for (const field of required) {
    field.addEventListener('input', () => {
      if (field.getAttribute('aria-invalid') === 'true') check(field);
    });
  }
  form.noValidate = true;
  form.addEventListener('submit', (event) => {
    const wrong = required.filter((field) => !check(field));
    if (wrong.length === 0) return;
    event.preventDefault();
    wrong[0].focus();
  });
})();
