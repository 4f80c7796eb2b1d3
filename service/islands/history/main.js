// An instance on the diagram that it ran: a slider over its history, markers for what was active, done or withdrawn.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './history.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { stateAt } from './state.js';

const CLASSES = { ACTIVE: 'is-active', COMPLETED: 'is-done', TERMINATED: 'is-gone' };
const STEP_MS = 900;

const { xml, steps, incidents } = JSON.parse(document.getElementById('diagram-data').textContent);
const container = document.getElementById('diagram');
const viewer = new NavigatedViewer({ container });
await viewer.importXML(xml);
const canvas = viewer.get('canvas');
const registry = viewer.get('elementRegistry');
fit();
new ResizeObserver(fit).observe(container);

const slider = document.getElementById('position');
const shown = document.getElementById('moment-shown');
const lines = [...document.querySelectorAll('.timeline [data-step]')];
const play = document.querySelector('[data-play]');
const playLabel = play.textContent;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
let timer = null;

slider.max = steps.length;
slider.value = steps.length;
document.querySelector('.slider').hidden = false;
slider.addEventListener('input', () => { stop(); draw(); });
for (const button of document.querySelectorAll('[data-move]')) {
  button.addEventListener('click', () => { stop(); move(Number(button.dataset.move)); });
}
play.addEventListener('click', () => (timer ? stop() : start()));
// Without motion there is nothing to play: the slider and the arrows show every step.
play.hidden = calm.matches;
draw();
document.getElementById('replay').dataset.ready = 'yes';

function draw() {
  const position = Number(slider.value);
  const { marks, flows, fresh } = stateAt(steps, position);
  registry.forEach((element, graphics) => {
    const id = element.type === 'label' ? element.labelTarget?.id : element.id;
    const state = CLASSES[marks.get(id)];
    for (const name of Object.values(CLASSES)) graphics.classList.toggle(name, name === state);
    graphics.classList.toggle('is-taken', flows.has(element.id));
    graphics.classList.toggle('is-fresh', !calm.matches && position < steps.length && fresh.has(id));
    graphics.classList.toggle('is-stopped', position === steps.length && incidents.includes(id));
  });
  const step = steps[position - 1];
  const text = step ? `${position} / ${steps.length} · ${step.at} · ${step.text}` : `0 / ${steps.length}`;
  shown.textContent = text;
  slider.setAttribute('aria-valuetext', text);
  lines.forEach((line, at) => {
    line.classList.toggle('now', at + 1 === position);
    line.classList.toggle('later', at + 1 > position);
  });
}

function move(by) {
  slider.value = Number(slider.value) + by;
  draw();
}

function start() {
  if (Number(slider.value) === steps.length) slider.value = 0;
  play.textContent = play.dataset.pauseLabel;
  draw();
  timer = setInterval(() => {
    move(1);
    if (Number(slider.value) === steps.length) stop();
  }, STEP_MS);
}

function stop() {
  clearInterval(timer);
  timer = null;
  play.textContent = playLabel;
}

function fit() {
  canvas.resized();
  canvas.zoom('fit-viewport', 'auto');
  canvas.zoom(Math.min(1, canvas.zoom() * 0.94), 'auto'); // no line of the drawing on the frame
}
