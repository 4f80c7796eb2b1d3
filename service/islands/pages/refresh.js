// A part of a page that keeps itself up to date while somebody looks at it, as of a meeting that is being held.
const EVERY_MS = 8000;
const part = document.querySelector('[data-refresh]');
if (part) setInterval(renew, EVERY_MS);

async function renew() {
  if (document.hidden) return;
  try {
    const answer = await fetch(part.dataset.refresh, { headers: { Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-refresh]');
    if (!fresh || fresh.innerHTML === part.innerHTML) return;
    const at = [...part.querySelectorAll('a')].indexOf(document.activeElement);
    part.replaceChildren(...fresh.childNodes);
    part.querySelectorAll('a')[at]?.focus();
  } catch { /* the line is down: what is shown stays, and the next time comes */ }
}
