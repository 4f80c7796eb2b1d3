// The editor of a process: bpmn-js with the Zeebe properties panel → check → deploy.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import '@bpmn-io/properties-panel/assets/properties-panel.css';
import './modeler.css';
import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';
import behaviors from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import { findingsList } from './findings.js';
import { translation } from './translation.js';

const editor = document.getElementById('editor');
const words = editor.dataset;
const { xml } = JSON.parse(document.getElementById('editor-data').textContent);
const state = document.getElementById('findings-state');

const modeler = new Modeler({
  container: document.getElementById('canvas'),
  propertiesPanel: { parent: document.getElementById('properties') },
  additionalModules: [
    BpmnPropertiesPanelModule,
    BpmnPropertiesProviderModule,
    ZeebePropertiesProviderModule,
    behaviors,
    translation(words.language),
  ],
  moddleExtensions: { zeebe },
});
await modeler.importXML(xml);
const canvas = modeler.get('canvas');
show();
new ResizeObserver(() => canvas.resized()).observe(document.getElementById('canvas'));
nameUnnamed();

let deployed = true;
modeler.on('commandStack.changed', () => {
  deployed = !modeler.get('commandStack').canUndo();
  if (!deployed) state.textContent = words.unsaved;
});
addEventListener('beforeunload', (event) => { if (!deployed) event.preventDefault(); });

const list = findingsList(document.getElementById('findings'), modeler, words);
button('check', words.checking, async () => {
  const { answer, body } = await post('check');
  if (!answer.ok) return fail(body);
  list.show(body.findings);
  state.textContent = body.findings.length ? '' : words.fine;
});
button('deploy', words.deploying, async () => {
  const { answer, body } = await post('deployment');
  if (!answer.ok && answer.status !== 422) return fail(body);
  list.show(body.findings ?? []);
  state.textContent = body.message;
  if (!answer.ok) return;
  deployed = true;
  if (body.draft) return location.assign(`/processes/drafts/${body.draft}`);
  editor.dataset.key = body.key;
  history.replaceState(null, '', `/processes/${body.key}`);
  document.querySelector('.editor-bar h1 .small').textContent = body.message;
});
editor.dataset.ready = 'yes';

function button(id, busy, act) {
  const element = document.getElementById(id);
  element.addEventListener('click', async () => {
    element.setAttribute('aria-busy', 'true');
    element.disabled = true;
    state.textContent = busy;
    try {
      await act();
    } catch {
      state.textContent = words.failed;
    }
    element.removeAttribute('aria-busy');
    element.disabled = false;
  });
}

async function post(what) {
  const { xml } = await modeler.saveXML({ format: true });
  const answer = await fetch(`/processes/${editor.dataset.key}/${what}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': words.csrf, Accept: 'application/json' },
    body: JSON.stringify({ xml }),
  });
  const body = answer.headers.get('Content-Type')?.includes('json') ? await answer.json() : {};
  return { answer, body };
}

function fail(body) {
  state.textContent = body.message ?? words.failed;
}

/** The whole drawing, but never so small that it can't be read, and clear of the palette. */
function show() {
  canvas.zoom('fit-viewport', 'auto');
  const { inner, outer, scale } = canvas.viewbox();
  const palette = document.querySelector('.djs-palette').getBoundingClientRect().width + 45;
  const zoom = Math.max(0.45, Math.min(1, (outer.width - palette - 30) / inner.width, scale));
  canvas.viewbox({ x: inner.x - palette / zoom, y: inner.y - 45 / zoom, width: outer.width / zoom, height: outer.height / zoom });
}

/** Fields that the libraries draw without a name for screen readers. */
function nameUnnamed() {
  const panel = document.getElementById('properties');
  const fix = () => {
    for (const field of panel.querySelectorAll('[contenteditable]:not([aria-label])')) {
      const entry = field.closest('.bio-properties-panel-entry');
      field.setAttribute('aria-label', entry?.querySelector('label')?.textContent ?? 'FEEL');
    }
  };
  fix();
  new MutationObserver(fix).observe(panel, { childList: true, subtree: true });
}
