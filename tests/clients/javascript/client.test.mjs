// The official JavaScript client, unmodified. Prints one JSON object: what it saw. Checked by test_javascript_client.py.
import createCamundaClient from '@camunda8/orchestration-cluster-api';

const [url, password, diagram] = process.argv.slice(2);
const NOW = { consistency: { waitUpToMs: 0 } };
const clientOf = (username) =>
  createCamundaClient({
    config: {
      CAMUNDA_REST_ADDRESS: url,
      CAMUNDA_AUTH_STRATEGY: 'BASIC',
      CAMUNDA_BASIC_AUTH_USERNAME: username,
      CAMUNDA_BASIC_AUTH_PASSWORD: password,
      CAMUNDA_SDK_VALIDATION: 'req:none,res:strict',
    },
  });
const ada = clientOf('ada');
const anna = clientOf('anna');
const dora = clientOf('dora');
const wanda = clientOf('wanda');
const audrey = clientOf('audrey');
const seen = {};

const soon = async (look) => {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await look();
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [];
};
const start = async (processDefinitionId, variables = {}) =>
  (await ada.createProcessInstance({ processDefinitionId, variables })).processInstanceKey;
const openTasks = async (processInstanceKey) =>
  (await ada.searchUserTasks({ filter: { processInstanceKey, state: 'CREATED' } }, NOW)).items;

seen.gateway = (await anna.getTopology()).gatewayVersion;
seen.me = (await anna.getAuthentication()).username;
seen.deployed = (await dora.deployResourcesFromFiles([diagram])).processes.map((each) => each.processDefinitionId);

const leave = await start('leave_request');
const [request] = await openTasks(leave);
await anna.assignUserTask({ userTaskKey: request.userTaskKey, assignee: 'anna', allowOverride: false });
const form = await anna.getUserTaskForm({ userTaskKey: request.userTaskKey }, NOW);
seen.form = JSON.parse(form.schema).components.map((each) => each.key).filter(Boolean);
await anna
  .completeUserTask({ userTaskKey: request.userTaskKey, variables: { days: 99 } })
  .catch((error) => (seen.refusal = error.status ?? error.message));
await anna.completeUserTask({
  userTaskKey: request.userTaskKey,
  variables: { days: 1, from: '2026-12-01', kind: 'annual', reason: '回家' },
});
seen.state = (await ada.getProcessInstance({ processInstanceKey: leave }, NOW)).state;

// A type of its own: the last long poll of this worker outlives this program, and would take another test's job.
const order = await start('order', { job_type: 'prepare_js' });
const waited = await soon(async () => {
  const request = { type: 'prepare_js', timeout: 60000, maxJobsToActivate: 1, worker: 'js', requestTimeout: 500 };
  return (await wanda.activateJobs(request)).jobs;
});
await wanda.failJob({ jobKey: waited[0].jobKey, retries: 0, errorMessage: 'no wood' });
const [incident] = (
  await audrey.searchIncidents({ filter: { processInstanceKey: order, state: 'ACTIVE' } }, NOW)
).items;
seen.incident = incident.errorType;
await ada.resolveIncident({ incidentKey: incident.incidentKey });
const worked = new Promise((resolve) => {
  const worker = wanda.createJobWorker({
    jobType: 'prepare_js',
    maxParallelJobs: 2,
    jobTimeoutMs: 60000,
    workerName: 'js',
    jobHandler: async (job) => {
      const done = await job.complete({ ready: true });
      worker.stop();
      resolve(job.customHeaders);
      return done;
    },
  });
});
seen.headers = await worked;
seen.afterJob = (await soon(() => openTasks(order))).map((each) => each.elementId);

const waiting = await start('waiting', { key: 'js' });
const correlated = await wanda.correlateMessage({ name: 'msg', correlationKey: 'js' });
seen.correlated = correlated.processInstanceKey === waiting;
const listening = await start('listening');
await ada.broadcastSignal({ signalName: 'sig' });
seen.heard = (await soon(() => openTasks(listening))).map((each) => each.elementId);
await ada.cancelProcessInstance({ processInstanceKey: listening });
seen.canceled = (await ada.getProcessInstance({ processInstanceKey: listening }, NOW)).state;

const decided = await ada.evaluateDecision({ decisionDefinitionId: 'leave_days', variables: { days: 12 } });
seen.decided = JSON.parse(decided.output).needs_approval;
const instances = await audrey.searchDecisionInstances(
  { filter: { decisionEvaluationKey: decided.decisionEvaluationKey } },
  NOW,
);
const { decisionEvaluationInstanceKey } = instances.items[0];
seen.rules = (await audrey.getDecisionInstance({ decisionEvaluationInstanceKey }, NOW)).matchedRules.length;

await ada.createElementInstanceVariables({ elementInstanceKey: order, variables: { colour: 'red' } });
const variables = await audrey.searchVariables({ filter: { processInstanceKey: order, name: 'colour' } }, NOW);
seen.variable = variables.items[0].value;
const logs = await audrey.searchAuditLogs({ filter: { processInstanceKey: leave } }, NOW);
seen.audit = logs.items.map((each) => [each.actorId, each.operationType, each.result]);
seen.elements = (
  await audrey.searchElementInstances({ filter: { processInstanceKey: order }, page: { limit: 2 } }, NOW)
).items.length;
seen.statistics = (await audrey.getProcessInstanceStatistics({ processInstanceKey: order }, NOW)).items.length;
const known = await audrey.searchProcessInstances({ filter: { processDefinitionId: { $like: 'lea*' } } }, NOW);
seen.found = known.items.some((each) => each.processInstanceKey === leave);

const file = new File(['plain words'], 'note.txt', { type: 'text/plain' });
const document = await anna.createDocument({ file });
seen.document = document.metadata.size;
await anna.deleteDocument({ documentId: document.documentId });

await anna.getProcessInstance({ processInstanceKey: '1' }, NOW).catch((error) => (seen.unknown = error.status));
console.log(JSON.stringify(seen));
process.exit(0);
