// Every page works without this; it only spares clicks: drafts are saved while one types, lists tick and sort at once.
import '@picocss/pico/css/pico.min.css';
import './base.css';
import './forms.css';
import './cases.css';
import './records.css';
import './public.css';
import './menus.js';
import './drafts.css';

const AFTER_MS = 1500;

for (const control of document.querySelectorAll('[data-submits]')) {
  control.addEventListener('change', () => control.form.requestSubmit());
}
for (const all of document.querySelectorAll('[data-ticks]')) {
  all.addEventListener('change', () => {
    for (const box of all.form.elements) if (box.name === all.dataset.ticks) box.checked = all.checked;
  });
}
document.documentElement.classList.add('js');
(document.querySelector('.form-summary') ?? document.getElementById('refusal'))?.focus();

const form = document.querySelector('form[data-draft]');
if (form) keepDrafts(form);

function keepDrafts(form) {
  const state = document.getElementById('draft-state');
  let timer = null;
  let sending = false;
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(save, AFTER_MS);
  });
  form.addEventListener('submit', () => clearTimeout(timer));

  async function save() {
    if (sending) return;
    sending = true;
    const data = new FormData(form);
    for (const name of [...data.keys()]) if (name.startsWith('_file:') || name.endsWith('._password')) data.delete(name);
    try {
      const answer = await fetch(form.dataset.draft, { method: 'POST', body: data, redirect: 'manual' });
      const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
      state.textContent = answer.status === 204 ? `${state.dataset.saved} ${time}` : state.dataset.failed;
    } catch {
      state.textContent = state.dataset.failed;
    }
    sending = false;
  }
}
