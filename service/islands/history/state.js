// The state of an instance at a point of its history, as a function of that point and nothing else.

/**
 * What the diagram shows after the first `position` steps: element id → active, done or gone, and the flows taken.
 * An element that was visited several times shows the strongest of its visits: active before done before gone.
 */
export function stateAt(steps, position) {
  const visits = new Map();
  const flows = new Set();
  for (const step of steps.slice(0, position)) {
    for (const [number, id, state] of step.changes) visits.set(number, { id, state });
    for (const flow of step.flows) flows.add(flow);
  }
  const rank = { ACTIVE: 3, COMPLETED: 2, TERMINATED: 1 };
  const marks = new Map();
  for (const { id, state } of visits.values()) {
    if (rank[state] > rank[marks.get(id)] || !marks.has(id)) marks.set(id, state);
  }
  return { marks, flows, fresh: new Set((steps[position - 1]?.changes ?? []).map(([, id]) => id)) };
}
