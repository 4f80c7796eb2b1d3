// Every page works without this; it only spares clicks: lists tick and sort at once, what is typed is kept (tasks.js).
import '@picocss/pico/css/pico.min.css';
import './base.css';
import './forms.css';
import './cases.css';
import './records.css';
import './public.css';
import './admin.css';
import './inbox.css';
import './menus.js';
import './bell.js';
import './refresh.js';
import './notifications.css';
import './drafts.css';
import './task.css';
import './tasks.js';
import './inbox.js';

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
