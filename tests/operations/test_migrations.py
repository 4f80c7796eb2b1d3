"""An instance goes on under another version: rows, drafts, jobs, children, releases and history go with it."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from service.cli.main import main
from service.engine.types import ProcessSource
from service.errors import Forbidden, InstanceEnded, NotFound
from service.models import Draft, ElementInstance, Event, Job, ProcessInstance, Subscription, UserTask
from service.operations import deployments, histories, migrations
from service.operations.migrations import MigrationRefused
from service.operations.user_tasks import assign_user_task
from service.releases import latest
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


def line(*names, id="line"):
    steps = [b.user(name, name=name.upper()) for name in names]
    return b.process(b.start(), *steps, b.end(), b.chain("s", *names, "e"), id=id)


def target_key(desk, process_id="line"):
    with desk.office.database.reading() as session:
        found = latest(session, "process", process_id)
        assert found is not None
        return found.key


def migrate(desk, key, mapping=None, *, user=None, target=None):
    with desk.office.database.writing() as session:
        pairs = list(mapping.items()) if mapping is not None else None
        wanted = target or target_key(desk)
        migrations.migrate_instance(session, key, wanted, pairs, user or desk.ada, now=desk.now)
        session.commit()
    desk.drain(key)


def plan(desk, key, mapping=None, process_id="line"):
    with desk.office.database.reading() as session:
        instance = session.get_one(ProcessInstance, key)
        target = latest(session, "process", process_id)
        assert target is not None
        pairs = list(mapping.items()) if mapping is not None else None
        found = migrations.plan(session, instance, target, pairs, desk.ada, now=desk.now)
        return {(each.code, each.place) for each in found.findings}, found.feasible


def faults(refusal):
    return [(each.path, each.code) for each in refusal.value.errors]


def test_a_task_keeps_key_and_owner_and_the_case_takes_the_new_way(desk):
    desk.deploy(line("a", "b"))
    key = desk.start("line")
    [task] = desk.look(select(UserTask.key).filter_by(instance_key=key))
    with desk.office.database.writing() as session:
        assign_user_task(session, task, "anna", desk.ada, now=MONDAY)
        session.add(Draft(task_key=task, username="anna", data={"x": "y"}, saved_at=MONDAY, edition=1))
        session.commit()
    desk.deploy(line("first", "new", "b"))
    assert plan(desk, key, {"a": "first"}) == (set(), True)

    migrate(desk, key, {"a": "first"})

    with desk.office.database.reading() as session:
        row, instance = session.get_one(UserTask, task), session.get_one(ProcessInstance, key)
        definition = latest(session, "process", "line")
        assert (row.element_id, row.name, row.assignee) == ("first", "FIRST", "anna")
        assert row.definition_key == instance.definition_key == definition.key
        assert instance.release_key == definition.release_key
        assert session.get(Draft, (task, "anna")) is not None
    assert desk.look(select(ElementInstance.element_id).filter_by(instance_key=key, state="ACTIVE")) == ["first"]
    for name in ("first", "new", "b"):
        desk.complete(key, name)
    assert desk.status(key) == "COMPLETED"
    assert desk.events(key).count("INSTANCE_MIGRATED") == 1
    assert desk.runs_again(key)


def test_the_event_names_both_versions_and_the_mapping(desk):
    desk.deploy(line("a", "b"))
    key = desk.start("line")
    desk.deploy(line("a", "c"))

    migrate(desk, key)

    [body] = desk.look(select(Event.body).filter_by(instance_key=key, kind="INSTANCE_MIGRATED"))
    read = histories.chain.read(body)
    assert (read["version"] - read["from"]["version"], read["from"]["process"]) == (1, "line")
    assert read["from"]["release"] != read["release"]
    assert read["acts"] == [
        {"act": "Migrate", "process_id": "line", "hash": read["definition"], "mapping": {"a": "a", "e": "e", "s": "s"}}
    ]
    assert desk.look(select(Event.actor).filter_by(instance_key=key, kind="INSTANCE_MIGRATED")) == ["ada"]


def test_again_and_back_and_each_run_again(desk):
    one, two = line("a", "b", id="back"), line("a", "c", "b", id="back")
    desk.deploy(one)
    first = target_key(desk, "back")
    key = desk.start("back")
    desk.deploy(two)

    migrate(desk, key, target=target_key(desk, "back"))
    desk.complete(key, "a")
    migrate(desk, key, {"c": "b"}, target=first)
    desk.complete(key, "b")

    assert desk.status(key) == "COMPLETED"
    assert desk.runs_again(key)
    with desk.office.database.reading() as session:
        instance = session.get_one(ProcessInstance, key)
        for until in range(1, instance.events + 1):
            assert histories.replay(session, instance, until=until).same


def test_every_fault_is_named_and_nothing_is_changed(desk):
    desk.deploy(line("a", "b"))
    key = desk.start("line")
    desk.deploy(b.process(b.start(), b.service("a"), b.user("b"), b.end(), b.chain("s", "a", "b", "e"), id="line"))

    for mapping, wanted in (
        ({}, [("a", "NOT_MAPPED")]),
        ({"a": "a", "x": "b"}, [("a", "TYPE_CHANGED"), ("x", "UNKNOWN_SOURCE")]),
        ({"a": "y"}, [("a", "UNKNOWN_TARGET")]),
    ):
        with pytest.raises(MigrationRefused) as refusal:
            migrate(desk, key, mapping)
        assert faults(refusal) == wanted
        assert plan(desk, key, mapping) == ({(code, place) for place, code in wanted}, False)
    assert desk.events(key) == ["INSTANCE_STARTED"]
    desk.complete(key, "a")
    assert desk.open_elements(key) == ["b"]


def test_the_same_version_an_unknown_one_and_an_element_twice_are_refused(desk):
    desk.deploy(line("a", "b"))
    key = desk.start("line")
    with pytest.raises(MigrationRefused) as refusal:
        migrate(desk, key, {"a": "a"})
    assert faults(refusal) == [("targetProcessDefinitionKey", "SAME_VERSION")]
    with pytest.raises(NotFound, match="77"):
        migrate(desk, key, {"a": "a"}, target=77)
    desk.deploy(line("a", "b", "c"))
    newest, twice = target_key(desk), [("a", "a"), ("a", "b")]
    with desk.office.database.writing() as session, pytest.raises(MigrationRefused) as refusal:
        migrations.migrate_instance(session, key, newest, twice, desk.ada, now=MONDAY)
    assert faults(refusal) == [("a", "TWICE")]


def test_only_who_operates_migrates_and_only_what_runs(desk):
    desk.deploy(line("a"))
    key = desk.start("line")
    desk.deploy(line("a", "b"))
    with pytest.raises(Forbidden):
        migrate(desk, key, {"a": "a"}, user=desk.office.user("audrey"))
    with pytest.raises(NotFound):
        migrate(desk, key, {"a": "a"}, user=desk.office.user("noah"))
    desk.complete(key, "a")
    with pytest.raises(InstanceEnded):
        migrate(desk, key, {"a": "a"})


def waiting(*extras, outer="a", timer="P1D", flows="", type="old"):
    return b.process(
        b.start(),
        b.gateway("parallel", "fork"),
        b.user(outer),
        b.boundary("late", outer, b.timer(timer), interrupting=False),
        b.service("work", type=type),
        b.catch("m", b.CATCH_MESSAGE),
        b.call("c", "child"),
        b.gateway("parallel", "join"),
        b.end(),
        b.end("e2"),
        *extras,
        b.chain("s", "fork", outer, "join", "e"),
        b.chain("fork", "work", "join"),
        b.chain("fork", "m", "join"),
        b.chain("fork", "c", "join"),
        b.chain("late", "e2"),
        flows,
        id="waiting",
    )


def test_timers_jobs_subscriptions_and_children_go_on(desk):
    desk.deploy(waiting(), line("i", id="child"))
    key = desk.start("waiting", key="k9")
    [timer] = desk.look(select(Job.due_at).filter_by(instance_key=key, kind="timer"))
    with desk.office.database.writing() as session:
        [job] = session.scalars(select(Job).filter_by(instance_key=key, kind="service"))
        job.lease_until, job.lease_token, job.worker = MONDAY + timedelta(hours=1), "t", "wanda"
        session.commit()
    reminder = b.boundary("remind", "b", b.timer("P2D"), interrupting=False)
    renamed = waiting(reminder, b.end("e3"), outer="b", timer="P9D", type="new", flows=b.chain("remind", "e3"))
    desk.deploy(renamed, line("i", "j", id="child"))
    mapping = {"a": "b", "late": "late", "work": "work", "m": "m", "c": "c"}
    found, feasible = plan(desk, key, mapping, "waiting")
    assert feasible
    assert {("EVENT_KEPT", "late"), ("JOB_KEPT", "work"), ("EVENT_OPENED", "remind")} <= found

    migrate(desk, key, mapping, target=target_key(desk, "waiting"))

    timers = desk.look(select(Job.due_at).filter_by(instance_key=key, kind="timer").order_by(Job.due_at))
    assert timers == [timer, MONDAY + timedelta(days=2)]
    with desk.office.database.reading() as session:
        [job] = session.scalars(select(Job).filter_by(instance_key=key, kind="service"))
        assert (job.type, job.worker, job.lease_token) == ("old", "wanda", "t")
    assert desk.look(select(Subscription.state).filter_by(instance_key=key)) == ["CREATED"]
    [child] = desk.look(select(ProcessInstance).filter_by(parent_key=key))
    assert child.status == "ACTIVE"
    desk.now = MONDAY + timedelta(days=3)
    desk.work()
    desk.complete(key, "i")
    desk.complete(key, "b")
    fired = select(ElementInstance.element_id).filter_by(instance_key=key, type="BOUNDARY_EVENT", state="COMPLETED")
    assert sorted(desk.look(fired)) == ["late", "remind"]
    assert desk.runs_again(key)
    assert desk.runs_again(child.key)
    desk.now = MONDAY


def form(label):
    field = f'{{"type": "textfield", "key": "x", "label": "{label}", "id": "f1"}}'
    text = f'{{"schemaVersion": 18, "type": "default", "id": "sheet", "components": [{field}]}}'
    return {"sheet.form": text.encode()}


def with_form(*more):
    task = b.user("a", b.zeebe("formDefinition", formId="sheet"))
    return b.process(b.start(), task, *map(b.user, more), b.end(), b.chain("s", "a", *more, "e"), id="formed")


def deploy(desk, source: ProcessSource, files):
    with desk.office.database.writing() as session:
        given = {f"{source.process_id}.bpmn": source.xml, **files}
        deployments.deploy(session, given, desk.office.user("dora"), now=desk.now)
        session.commit()


def test_an_open_task_shows_the_form_of_the_other_release(desk):
    deploy(desk, with_form(), form("old"))
    key = desk.start("formed")
    [before] = desk.look(select(UserTask.form_key).filter_by(instance_key=key))
    deploy(desk, with_form("z"), form("new"))
    assert plan(desk, key, process_id="formed") == (
        {("FORM_CHANGED", "a"), ("RELEASE_DIFFERS", "form sheet")},
        True,
    )

    migrate(desk, key, target=target_key(desk, "formed"))

    [after] = desk.look(select(UserTask.form_key).filter_by(instance_key=key))
    assert after != before
    assert desk.runs_again(key)


def test_another_process_may_go_on_with_it(desk):
    other = line("z", id="other")
    assert sha256(other.xml).hexdigest() == other.hash
    desk.deploy(line("a"), other)
    key = desk.start("line")

    migrate(desk, key, {"a": "z"}, target=target_key(desk, "other"))

    assert desk.look(select(ProcessInstance.process_id).filter_by(key=key)) == ["other"]
    desk.complete(key, "z")
    assert desk.status(key) == "COMPLETED"
    assert desk.runs_again(key)


def test_the_command_line_looks_and_migrates(desk, capsys):
    desk.deploy(line("a", "b", id="typed"))
    first, second = desk.start("typed"), desk.start("typed")
    desk.complete(second, "a")
    desk.deploy(line("x", "c", id="typed"))
    with desk.office.database.reading() as session:
        version = str(latest(session, "process", "typed").version)

    assert main(["migrate", str(first), "--to", version, "--map", "a=x", "--dry-run"]) == 0
    assert desk.open_elements(first) == ["a"]
    assert main(["migrate", str(first), str(second), "--to", version, "--map", "a=x"]) == 1

    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{first}: possible, from typed version 1 to typed version {version}"
    assert said[1] == f"{first}: migrated, from typed version 1 to typed version {version}"
    assert said[2].startswith(f"{second}: error: b: NOT_MAPPED: ")
    assert (desk.open_elements(first), desk.open_elements(second)) == (["x"], ["b"])
    assert main(["migrate", str(second), "--to", "99"]) == 1
    assert main(["migrate", str(second), "--to", version, "--map", "b"]) == 1
    assert main(["migrate", str(second), "--to", version, "--map", "b=c"]) == 0
    assert desk.look(select(Event.actor).filter_by(instance_key=second, kind="INSTANCE_MIGRATED")) == ["console"]
