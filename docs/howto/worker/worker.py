"""An outside worker: deploys its diagram, starts one instance, and measures until Ctrl-C.

The client reads the address and the account from the environment; see ../write-a-worker.md.
"""

import asyncio
from pathlib import Path
from random import uniform

from camunda_orchestration_sdk import CamundaAsyncClient, JobContext, ProcessCreationById, WorkerConfig

DIAGRAM = Path(__file__).with_name("measurement.bpmn")


async def measure(job: JobContext) -> dict[str, float]:
    """What is returned completes the job; an exception fails it, and it is tried again."""
    place = job.variables.to_dict()["place"]
    celsius = round(uniform(18, 24), 1)
    job.log.info(f"{celsius} °C in {place}")
    return {"celsius": celsius}


async def main() -> None:
    async with CamundaAsyncClient() as client:
        await client.deploy_resources_from_files([str(DIAGRAM)])
        started = await client.create_process_instance(data=ProcessCreationById(process_definition_id="measurement"))
        print("started", started.process_instance_key, flush=True)
        client.create_job_worker(WorkerConfig(job_type="thermometer", job_timeout_milliseconds=30_000), measure)
        await client.run_workers()


asyncio.run(main())
