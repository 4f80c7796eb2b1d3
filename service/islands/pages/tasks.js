// The page of a task and the forms that start processes.
import { forget, keepDrafts } from './drafts.js';
import { bringParts } from './rows.js';
import { uploads } from './uploads.js';

const form = document.querySelector('form[data-draft]');
if (form) {
  const changed = keepDrafts(form);
  let workOut = () => {};
  const again = () => { workOut(); changed(); };
  bringParts(form, again);
  uploads(form, again);
  form.addEventListener('submit', (event) => {
    // The same act twice is no second act: a button that was pressed waits for the answer.
    if (event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = '1';
    addEventListener('pageshow', () => delete form.dataset.sent, { once: true });
  });
  // The library of expressions comes only where a form has some that it can follow.
  if (form.querySelector('[data-follows]') || form.querySelector('[data-total]')) {
    import('./live.js').then(({ follow }) => {
      workOut = follow(form);
      workOut();
      let timer = null;
      form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(workOut, 120); });
    });
  }
}
forget(false);
for (const out of document.querySelectorAll('form[action="/sign-out"]')) out.addEventListener('submit', () => forget(true));

for (const actions of document.querySelectorAll('[data-typed]')) actions.hidden = false;
for (const button of document.querySelectorAll('[data-copies]')) {
  button.addEventListener('click', async () => {
    const box = document.getElementById(button.dataset.copies);
    box.select();
    await navigator.clipboard?.writeText(box.value).catch(() => {});
    button.textContent = button.dataset.done;
  });
}
for (const button of document.querySelectorAll('[data-downloads]')) {
  button.addEventListener('click', () => {
    const url = URL.createObjectURL(new Blob([document.getElementById(button.dataset.downloads).value], { type: 'text/plain' }));
    Object.assign(document.createElement('a'), { href: url, download: button.dataset.file }).click();
    URL.revokeObjectURL(url);
  });
}
