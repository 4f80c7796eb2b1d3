"""The official Python client: modification, migration, and batches that the worker goes through."""

import uuid

import pytest
from camunda_orchestration_sdk import errors, models

from service.operations import deployments
from tests.clients.test_python_client_work import open_elements, soon, start
from tests.support.leave import MONDAY, Office
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


@pytest.fixture
def process_id():
    """A process of this test's own."""
    return f"moved_{uuid.uuid4().hex[:8]}"


def line(process_id, *names):
    return b.process(b.start(), *map(b.user, names), b.end(), b.chain("s", *names, "e"), id=process_id).xml


def deploy(furnished, process_id, *names):
    """The key of the new version."""
    office = Office(furnished.environment["DATABASE_URL"])
    with office.database.writing() as session:
        deployed = deployments.deploy(
            session, {f"{process_id}.bpmn": line(process_id, *names)}, office.user("dora"), now=MONDAY
        )
        [key] = [resource.key for resource in deployed.resources]
        session.commit()
    return str(key)


def mapping(**pairs):
    return [
        models.MigrateProcessInstanceMappingInstruction(source_element_id=source, target_element_id=target)
        for source, target in pairs.items()
    ]


def by_process(process_id):
    return {"processDefinitionId": process_id}


def test_tokens_are_activated_terminated_and_moved(people, furnished, process_id):
    deploy(furnished, process_id, "a", "b", "c")
    ada, key = people["ada"], start(people["ada"], process_id)
    variables = models.ModifyProcessInstanceVariableInstructionVariables.from_dict({"note": "x"})

    ada.modify_process_instance(
        key,
        data=models.ProcessInstanceModificationInstruction(
            activate_instructions=[
                models.ProcessInstanceModificationActivateInstruction(
                    element_id="b",
                    variable_instructions=[
                        models.ModifyProcessInstanceVariableInstruction(variables=variables, scope_id="b")
                    ],
                )
            ],
            terminate_instructions=[models.ProcessInstanceModificationTerminateByIdInstruction(element_id="a")],
        ),
    )
    assert open_elements(ada, key) == ["b"]
    source = models.SourceElementIdInstruction(source_type="byId", source_element_id="b")
    move = models.ProcessInstanceModificationMoveInstruction(source_element_instruction=source, target_element_id="c")
    ada.modify_process_instance(key, data=models.ProcessInstanceModificationInstruction(move_instructions=[move]))

    assert open_elements(ada, key) == ["c"]
    wrong = models.ProcessInstanceModificationTerminateByIdInstruction(element_id="a")
    with pytest.raises(errors.BadRequestError):
        ada.modify_process_instance(
            key, data=models.ProcessInstanceModificationInstruction(terminate_instructions=[wrong])
        )


def test_an_instance_is_migrated(people, furnished, process_id):
    deploy(furnished, process_id, "a", "b")
    ada, key = people["ada"], start(people["ada"], process_id)
    target = deploy(furnished, process_id, "first", "new")

    with pytest.raises(errors.ConflictError):
        ada.migrate_process_instance(
            key,
            data=models.ProcessInstanceMigrationInstruction(
                target_process_definition_key=target, mapping_instructions=[]
            ),
        )
    ada.migrate_process_instance(
        key,
        data=models.ProcessInstanceMigrationInstruction(
            target_process_definition_key=target, mapping_instructions=mapping(a="first")
        ),
    )

    assert open_elements(ada, key) == ["first"]
    assert ada.get_process_instance(key).process_definition_key == target
    log = ada.search_audit_logs(
        data=models.AuditLogSearchQueryRequest.from_dict(
            {"filter": {"processInstanceKey": key, "operationType": "MIGRATE"}}
        )
    )
    assert [entry.actor_id for entry in log.items] == ["ada"]


def test_many_are_migrated_moved_and_cancelled(people, furnished, process_id):
    deploy(furnished, process_id, "a", "b")
    ada = people["ada"]
    keys = sorted(start(ada, process_id) for _ in range(3))
    target = deploy(furnished, process_id, "a", "new", "b")
    plan = models.ProcessInstanceMigrationBatchOperationRequestMigrationPlan(
        target_process_definition_key=target, mapping_instructions=mapping(a="a")
    )
    chosen = models.ProcessInstanceCancellationBatchOperationRequestFilter.from_dict(by_process(process_id))
    move = models.ProcessInstanceModificationMoveBatchOperationInstruction(
        source_element_id="a", target_element_id="new"
    )
    begun = [
        lambda: ada.migrate_process_instances_batch_operation(
            data=models.ProcessInstanceMigrationBatchOperationRequest(filter_=chosen, migration_plan=plan)
        ),
        lambda: ada.modify_process_instances_batch_operation(
            data=models.ProcessInstanceModificationBatchOperationRequest(filter_=chosen, move_instructions=[move])
        ),
        lambda: ada.cancel_process_instances_batch_operation(
            data=models.ProcessInstanceCancellationBatchOperationRequest(filter_=chosen)
        ),
    ]
    tasks = []
    for begin in begun:
        batch = begin()
        soon(lambda made=batch: ada.get_batch_operation(made.batch_operation_key).state.value, "COMPLETED")
        items = ada.search_batch_operation_items(
            data=models.BatchOperationItemSearchQuery.from_dict(
                {"filter": {"batchOperationKey": batch.batch_operation_key}}
            )
        ).items
        assert sorted(item.process_instance_key for item in items) == keys
        assert {item.state.value for item in items} == {"COMPLETED"}
        tasks.append(open_elements(ada, keys[0]))
    assert tasks == [["a"], ["new"], []]
    counts = ada.get_batch_operation(batch.batch_operation_key)
    assert (counts.operations_total_count, counts.operations_completed_count, counts.actor_id) == (3, 3, "ada")


def test_a_batch_is_searched_and_when_it_is_over_no_longer_changed(people, furnished, process_id):
    deploy(furnished, process_id, "a")
    ada = people["ada"]
    chosen = models.ProcessInstanceCancellationBatchOperationRequestFilter.from_dict(by_process(process_id))
    batch = ada.cancel_process_instances_batch_operation(
        data=models.ProcessInstanceCancellationBatchOperationRequest(filter_=chosen)
    )
    key = batch.batch_operation_key

    query = models.BatchOperationSearchQuery.from_dict({"filter": {"batchOperationKey": key, "state": "COMPLETED"}})
    [found] = people["audrey"].search_batch_operations(data=query).items

    assert found.batch_operation_type.value == "CANCEL_PROCESS_INSTANCE"
    for act in (ada.suspend_batch_operation, ada.resume_batch_operation, ada.cancel_batch_operation):
        with pytest.raises(errors.ApiError):
            act(key)
    with pytest.raises(errors.NotFoundError):
        people["anna"].get_batch_operation(key)
