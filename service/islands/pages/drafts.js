// What is typed is kept: on the server while one types, in this browser until the server has it.
//
// The browser's copy outlives a crash, a lost connection and an ended session. Ballots, signatures, passwords and files
// are in neither. Who signs out leaves no copy behind.
const AFTER_MS = 1500;
const AGAIN_MS = 15000;
const PREFIX = 'pingshen:draft:';
const DAYS_30 = 30 * 24 * 3600 * 1000;

const time = (when) => when.toLocaleString([], { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });

/** Throws away the copies of this browser: all (at sign-out), or those that are old. */
export function forget(all) {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX) && (all || !(JSON.parse(localStorage[key]).at > Date.now() - DAYS_30))) localStorage.removeItem(key);
  }
}

/** Keeps what is typed into a form with `data-draft`. Returns `changed()`, for whoever changes the form by script. */
export function keepDrafts(form) {
  const state = document.getElementById('draft-state');
  const words = state.dataset;
  const place = `${PREFIX}${form.dataset.draft}:${form.dataset.user}`;
  const withheld = () => (form.querySelector('.form-body')?.dataset.private ?? '').split(' ').filter(Boolean);
  let timer = null;
  let sending = false;
  let again = false;

  const isKept = (name) => !name.startsWith('_file:') && !name.startsWith('_class:') && !name.startsWith('_pasted:')
    && name !== '_csrf_token' && !name.endsWith('._password') && !withheld().includes(name.split(/[.[]/)[0]);
  const entries = () => [...new FormData(form)].filter(([name, value]) => isKept(name) && typeof value === 'string');
  const filled = (list) => JSON.stringify(list.filter(([name]) => name !== '_known'));
  let last = filled(entries());

  const local = {
    save: () => {
      try {
        localStorage.setItem(place, JSON.stringify({ at: Date.now(), entries: entries() }));
      } catch { /* no room, or not allowed: the server's copy remains */ }
    },
    drop: () => localStorage.removeItem(place),
    read: () => JSON.parse(localStorage.getItem(place) ?? 'null'),
  };

  function changed() {
    local.save();
    clearTimeout(timer);
    timer = setTimeout(save, AFTER_MS);
  }

  function say(text, ...actions) {
    state.replaceChildren(text, ...actions.flatMap((action) => [' ', action]));
    state.classList.toggle('draft-trouble', actions.length > 0);
  }
  function button(text, act) {
    const made = Object.assign(document.createElement('button'), { type: 'button', className: 'plain', textContent: text });
    made.addEventListener('click', act);
    return made;
  }
  function know(mark) {
    form.elements._known.value = mark;
    for (const other of form.querySelectorAll('button[name="_draft"]')) other.value = mark;
  }

  async function save() {
    if (sending) { again = true; return; }
    const now = entries();
    if (filled(now) === last) { local.drop(); return; }
    sending = true;
    again = false;
    say(words.saving);
    const data = new FormData();
    for (const [name, value] of [...now, ['_csrf_token', form.elements._csrf_token.value]]) data.append(name, value);
    try {
      const answer = await fetch(form.dataset.draft, { method: 'POST', body: data, redirect: 'manual' });
      if (answer.status === 200) {
        const { mark, savedAt } = await answer.json();
        know(mark);
        last = filled(now);
        if (filled(entries()) === last) local.drop();
        say(`${words.saved} ${time(new Date(savedAt))}`);
      } else if (answer.status === 401 || answer.type === 'opaqueredirect') ended();
      else if (answer.status === 409) await elsewhere(answer);
      else if (answer.status === 403) await refresh(form.elements._csrf_token.value);
      else later(words.failed);
    } catch {
      later(words.offline);
    }
    sending = false;
    if (again) timer = setTimeout(save, AFTER_MS);
  }

  function later(text) {
    local.save();
    say(text);
    clearTimeout(timer);
    timer = setTimeout(save, AGAIN_MS);
  }

  async function elsewhere(answer) {
    const told = await answer.json().catch(() => ({}));
    if (!told.mark) { say(words.closed); return; }
    say(words.elsewhere.replace('{time}', time(new Date(told.savedAt))),
      button(words.mine, () => { know('*'); last = ''; save(); }),
      button(words.theirs, () => { local.drop(); location.reload(); }));
  }

  function ended() {
    local.save();
    const link = Object.assign(document.createElement('a'), {
      href: `/sign-in?next=${encodeURIComponent(location.pathname)}`, target: '_blank', rel: 'opener', textContent: words.signIn,
    });
    say(words.ended, link);
    addEventListener('focus', () => refresh(''), { once: true });
  }

  /** After signing in again in another window: this page takes up the new session, if it is the same person's. */
  async function refresh(refused) {
    const answer = await fetch(location.pathname, { redirect: 'manual' }).catch(() => null);
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
    const theirs = page?.querySelector('form[data-draft]');
    if (!page || page.querySelector('input[name="password"]')) { ended(); return; }
    if (!theirs) { say(words.closed); return; }
    if (theirs.dataset.user !== form.dataset.user) { say(words.other); return; }
    const token = theirs.elements._csrf_token.value;
    if (token === refused) { say(words.closed); return; }
    for (const field of document.querySelectorAll('input[name="_csrf_token"]')) field.value = token;
    timer = setTimeout(save, 0);
  }

  form.addEventListener('input', changed);
  form.addEventListener('submit', () => { clearTimeout(timer); if (filled(entries()) !== last) local.save(); });
  addEventListener('online', () => { if (filled(entries()) !== last) save(); });
  addEventListener('pagehide', () => { if (filled(entries()) !== last) local.save(); });

  const kept = local.read();
  if (kept && filled(kept.entries) !== last && !document.querySelector('.form-summary, #refusal')) {
    say(words.found.replace('{time}', time(new Date(kept.at))),
      button(words.putIn, () => { form.dispatchEvent(new CustomEvent('put-in', { detail: kept.entries })); say(''); changed(); }),
      button(words.drop, () => { local.drop(); say(''); }));
    state.scrollIntoView({ block: 'nearest' });
  } else if (kept && filled(kept.entries) === last) local.drop();
  return changed;
}
