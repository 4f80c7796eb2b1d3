// How many notifications are unread, asked once a page so that no page pays for it.
const bell = document.querySelector('[data-bell]');
if (bell) {
  fetch(bell.dataset.bell, { headers: { accept: 'application/json' } })
    .then((answer) => (answer.ok ? answer.json() : { unread: 0 }))
    .then(({ unread }) => {
      if (unread > 0) bell.querySelector('[data-count]').textContent = unread > 99 ? '99+' : String(unread);
    })
    .catch(() => {});
}
