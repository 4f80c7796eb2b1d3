// Files go up as soon as they are chosen: with progress, to be cancelled and tried again. The form then holds references.
const WORDS = {
  zh: { up: '正在上传', cancel: '取消', retry: '重试', failed: '没有上传成功', drop: '移除', preview: '预览' },
  en: { up: 'Uploading', cancel: 'Cancel', retry: 'Try again', failed: 'Not uploaded', drop: 'Remove', preview: 'Preview' },
};

/** `changed()` is called when a file is in the form or out of it. */
export function uploads(form, changed) {
  const words = WORDS[document.documentElement.lang.startsWith('en') ? 'en' : 'zh'];
  form.addEventListener('change', (event) => {
    const input = event.target;
    if (!input.matches('input[type="file"][name^="_file:"]')) return;
    const files = [...input.files];
    input.value = '';
    for (const file of files) send(form, input, file, words, changed);
  });
}

function send(form, input, file, words, changed) {
  const name = input.name.slice('_file:'.length);
  const chosen = input.parentElement.querySelector('select[name^="_class:"]')?.value ?? '';
  const line = make('li', 'form-uploading', `${words.up} ${file.name}`);
  const bar = Object.assign(document.createElement('progress'), { max: 1, value: 0, ariaLabel: file.name });
  const stop = make('button', 'secondary', words.cancel);
  stop.type = 'button';
  line.append(bar, stop);
  listOf(input).append(line);
  const request = new XMLHttpRequest();
  const data = new FormData();
  data.append('_csrf_token', form.elements._csrf_token.value);
  data.append('class', chosen);
  data.append('file', file);
  request.upload.addEventListener('progress', (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
  request.addEventListener('load', () => {
    const kept = request.status === 200 && request.getResponseHeader('Content-Type').startsWith('application/json');
    if (kept) { line.replaceWith(taken(name, JSON.parse(request.response), words, changed)); changed(); } else failed(reason(request));
  });
  request.addEventListener('error', () => failed(''));
  request.addEventListener('abort', () => line.remove());
  stop.addEventListener('click', () => request.abort());
  request.open('POST', form.dataset.files);
  request.setRequestHeader('Accept', 'application/json');
  request.send(data);

  function failed(why) {
    const retry = make('button', 'secondary', words.retry);
    const drop = make('button', 'secondary', words.drop);
    retry.type = drop.type = 'button';
    line.setAttribute('role', 'alert');
    line.replaceChildren(make('span', 'form-fault', `${words.failed}: ${file.name}. ${why}`), retry, drop);
    retry.addEventListener('click', () => { line.remove(); send(form, input, file, words, changed); });
    drop.addEventListener('click', () => line.remove());
  }
}

function reason(request) {
  if (!(request.getResponseHeader('Content-Type') ?? '').startsWith('text/html')) {
    try { return JSON.parse(request.response).detail ?? ''; } catch { return ''; }
  }
  const page = new DOMParser().parseFromString(request.response, 'text/html');
  return page.querySelector('.notice.bad strong, main p')?.textContent.trim() ?? '';
}

function taken(name, file, words, changed) {
  const line = document.createElement('li');
  const link = Object.assign(make('a', '', file.name), { href: file.url });
  const value = Object.assign(document.createElement('input'), { type: 'hidden', name, value: file.reference });
  value.dataset.kind = 'filepicker';
  const drop = make('button', 'secondary', `${words.drop} ${file.name}`);
  drop.type = 'button';
  drop.addEventListener('click', () => { line.remove(); changed(); });
  const hash = Object.assign(make('code', 'form-hash', file.hash.slice(0, 12)), { title: `SHA-256 ${file.hash}` });
  line.append(link, ' ', make('span', 'small', file.size), ' ');
  if (file.preview) line.append(Object.assign(make('a', 'small', words.preview), { href: file.preview, target: '_blank', rel: 'noopener' }), ' ');
  line.append(hash, value, drop);
  return line;
}

function listOf(input) {
  const place = input.closest('.form-field, td');
  let list = place.querySelector('.form-files');
  if (!list) {
    list = make('ul', 'form-files', '');
    input.closest('.form-upload').before(list);
  }
  return list;
}

const make = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent });
