// The inbox by keyboard, and how many tasks came while it is read. Without this everything is there by links and buttons.
const SOON_MS = 2000;
const FIRST_MS = 30_000;
const LONGEST_MS = 300_000;

for (const button of document.querySelectorAll('[data-opens]')) {
  button.addEventListener('click', () => document.getElementById(button.dataset.opens).showModal());
}
document.getElementById('results')?.focus();
const list = document.querySelector('form[data-inbox]');
if (list) keyboard(list);
const news = document.querySelector('[data-news]');
if (news) listen(news);
for (const form of document.querySelectorAll('form[data-inbox], form[action="/tasks/sign-off"]')) once(form);

/** A second press of a button while the first is under way does nothing. */
function once(form) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = '1';
  });
  addEventListener('pageshow', () => delete form.dataset.sent);
}

function keyboard(form) {
  const rows = [...form.querySelectorAll('tbody tr')];
  let at = -1;

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    if (event.target.closest('input:not([type="checkbox"]), select, textarea')) return;
    const act = acts[event.key];
    if (!act || (event.key.startsWith('Arrow') && !rows.some((row) => row.contains(event.target)))) return;
    event.preventDefault();
    act();
  });
  form.addEventListener('focusin', (event) => {
    const row = rows.findIndex((each) => each.contains(event.target));
    if (row >= 0) mark(row);
  });

  const acts = {
    j: () => go(at + 1),
    k: () => go(at - 1),
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    o: () => rows[at]?.querySelector('.main-link').click(),
    x: () => tick(at),
    c: () => press('c'),
    e: () => press('e'),
    n: () => document.querySelector('.paging [rel="next"]')?.click(),
    '/': () => document.getElementById('q')?.focus(),
    '?': () => document.getElementById('keys').showModal(),
  };

  function go(to) {
    if (to < 0 || to >= rows.length) return;
    rows[to].querySelector('.main-link').focus();
  }
  function mark(to) {
    rows[at]?.classList.remove('current');
    at = to;
    rows[at].classList.add('current');
  }
  function tick(row, on) {
    const box = rows[row]?.querySelector('input[name="task"]');
    if (box) box.checked = on ?? !box.checked;
  }
  function press(key) {
    const button = form.querySelector(`[data-key="${key}"]`);
    if (!button) return;
    if (!form.querySelector('input[name="task"]:checked')) tick(at, true);
    form.requestSubmit(button);
  }
}

function listen(place) {
  // What follows a completed task is often there a moment later.
  let wait = new URLSearchParams(location.search).has('done') ? SOON_MS : FIRST_MS;
  const later = () => setTimeout(ask, wait);

  async function ask() {
    wait = Math.max(FIRST_MS, Math.min(wait * 1.5, LONGEST_MS));
    if (document.hidden) return later();
    try {
      const answer = await fetch(place.dataset.news, { headers: { Accept: 'application/json' } });
      if (answer.redirected || answer.status === 401) {
        place.textContent = place.dataset.ended;
        return undefined;
      }
      const { came } = await answer.json();
      const text = came ? place.dataset.came.replace('{count}', came) : '';
      if (place.textContent !== text) place.textContent = text;
    } catch {
      // No line at the moment: the page stays as it is, and asks again.
    }
    return later();
  }
  later();
}
