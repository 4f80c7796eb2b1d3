// Buttons that change the form (rows, pasted rows, files taken out) bring the new form without leaving the page.
const PARTS = /^_(add|remove|up|down|paste|refresh)(:|$)/;

/** `swapped(body)` is called with each new body of the form. */
export function bringParts(form, swapped) {
  form.addEventListener('submit', async (event) => {
    const pressed = event.submitter;
    if (!pressed || !PARTS.test(pressed.name)) return;
    const data = new FormData(form, pressed);
    if ([...data.values()].some((value) => value instanceof File && value.name)) return; // as without script
    event.preventDefault();
    form.setAttribute('aria-busy', 'true');
    await bring(form, data, swapped, () => form.submit());
    form.removeAttribute('aria-busy');
    focusAfter(form, pressed.name);
  });
  form.addEventListener('put-in', (event) => {
    const data = new FormData();
    for (const [name, value] of event.detail) if (name !== '_known') data.append(name, value);
    data.append('_known', form.elements._known.value);
    data.append('_csrf_token', form.elements._csrf_token.value);
    data.append('_refresh', '1');
    bring(form, data, swapped, () => {});
  });
  form.addEventListener('keydown', keys);
  form.addEventListener('paste', pasted);
}

async function bring(form, data, swapped, otherwise) {
  try {
    const answer = await fetch(form.action, { method: 'POST', body: data, redirect: 'manual' });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const body = page.querySelector('.task-form .form-body');
    if (!body) throw new Error('no form');
    form.querySelector('.form-body').replaceWith(body);
    body.querySelector('.form-summary')?.scrollIntoView({ block: 'nearest' });
    swapped(body);
  } catch {
    otherwise();
  }
}

/** Where one goes on: the new row, the moved row, the list that lost one. */
function focusAfter(form, name) {
  const [, kind, path, index] = /^_(\w+):(.*?)(?:\[(\d+)\])?$/s.exec(name) ?? [];
  if (!kind) return;
  const rows = [...form.querySelectorAll('[data-scope]')].filter((row) => /^\[\d+\]$/.test(row.dataset.scope.slice(path.length)) && row.dataset.scope.startsWith(path));
  const to = { add: rows.length - 1, up: index - 1, down: +index + 1, remove: Math.min(index, rows.length - 1), paste: 0 }[kind];
  const fault = kind === 'paste' && form.querySelector('.form-summary');
  const row = rows[to];
  const button = row?.querySelector(`button[name^="_${kind}:"]`);
  const field = row?.querySelector('input:not([type="hidden"], :disabled), select:not(:disabled), textarea:not(:disabled)');
  (fault || (kind === 'up' || kind === 'down' ? button ?? field : field) || form.querySelector(`button[name="_add:${CSS.escape(path)}"]`))?.focus();
}

/** In a table: Enter and Ctrl with arrows go to the same column of the next row, Alt with arrows moves the row. */
function keys(event) {
  const cell = event.target.closest('.form-table td');
  const row = cell?.closest('tr[data-scope]');
  if (!row || event.isComposing) return;
  const up = event.key === 'ArrowUp';
  if (event.altKey && (up || event.key === 'ArrowDown')) {
    const button = row.querySelector(`button[name^="_${up ? 'up' : 'down'}:"]`);
    if (button) { event.preventDefault(); button.click(); }
    return;
  }
  const enters = event.key === 'Enter' && !event.shiftKey && event.target.matches('input, select');
  if (!enters && !(event.ctrlKey && (up || event.key === 'ArrowDown'))) return;
  event.preventDefault(); // Enter does not hand a half-filled table in
  const next = up ? row.previousElementSibling : row.nextElementSibling;
  const field = next?.children[cell.cellIndex]?.querySelector('input:not([type="hidden"], :disabled), select, textarea');
  if (field) { field.focus(); field.select?.(); } else if (!up) row.closest('fieldset').querySelector('button[name^="_add:"]')?.focus();
}

/** Several cells pasted into a field of a table go through the table's own check, like those typed into its box. */
function pasted(event) {
  const text = event.clipboardData?.getData('text/plain') ?? '';
  if (!event.target.closest('.form-table') || !/\t|\n./.test(text.trim()) || event.target.matches('textarea') && !text.includes('\t')) return;
  const box = event.target.closest('.form-rows').querySelector('textarea[name^="_pasted:"]');
  if (!box) return;
  event.preventDefault();
  box.closest('details').open = true;
  box.value = text;
  box.nextElementSibling.focus();
}
