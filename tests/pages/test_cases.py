"""Starting, looking at an instance, editing a diagram, mending an incident: who sees what, and what the buttons do."""

import io
import json
import re
from zipfile import ZipFile

import pytest
from sqlalchemy import select, text

from service.engine.types import EngineError
from service.history.verify_bundle import Check
from service.models import Event, Incident, ProcessInstance, Resource, UserTask
from service.operations import deployments, incidents, sequencing
from service.operations.instances import start_instance
from service.releases import latest
from tests.pages.conftest import begin, task
from tests.support.leave import MONDAY, PASSWORD, files
from tests.unit.engine import builder as b

LEAVE = {"days": "2.5", "from": "2026-12-01", "kind": "annual", "reason": "回家看望父母"}
BPMN = files()["leave_request.bpmn"].decode()


def instance_of(office, key):
    return task(office, key).instance_key


def test_starting_leads_to_the_first_own_task(reader, house):
    anna = reader("anna")

    listed = anna.open("/start")
    anna.open("/start/report")
    empty = anna.press("/start/report", {"title": ""})
    status = anna.status
    shown = anna.press("/start/report", {"title": "年报", "_business_id": "BG-1"})

    assert "报告" in listed
    assert "请假" not in listed
    assert status == 400
    assert "请填写此项" in empty
    assert anna.path.startswith("/tasks/")
    assert "BG-1" in shown
    assert "由您办理" in shown


def test_a_case_number_in_use_is_refused_and_kept_on_the_form(reader, house):
    anna = reader("anna")
    for _ in range(2):
        anna.open("/start/report")
        shown = anna.press("/start/report", {"title": "年报", "_business_id": "BG-2"})

    assert anna.status == 409
    assert 'value="BG-2"' in shown
    assert 'value="年报"' in shown


def test_a_participant_sees_the_case_but_not_who_else_acted(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    instance = instance_of(office, key)
    anna = reader("anna")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", LEAVE)
    with office.database.reading() as session:
        assert session.scalars(select(Event.actor).filter_by(instance_key=instance)).all() == ["ada", "anna", "anna"]

    mine = anna.open(f"/instances/{instance}")
    audited = reader("audrey").open(f"/instances/{instance}")
    reader_of_nothing = reader("noah")
    reader_of_nothing.open(f"/instances/{instance}")

    assert "安娜" in mine
    assert "阿达" not in mine
    assert "历史链" not in mine
    assert "阿达" in audited
    assert "历史链校验通过 · 3条记录" in audited
    assert "完成“申请”" in audited
    assert "请假天数" in audited
    assert reader_of_nothing.status == 404


def test_an_auditor_takes_the_evidence_away(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    instance = instance_of(office, key)
    sequencing.sequence(office.database, force=True)
    audrey, anna = reader("audrey"), reader("anna")

    shown = audrey.open(f"/instances/{instance}")
    with ZipFile(io.BytesIO(audrey.client.get(f"/instances/{instance}/bundle").data)) as archive:
        check = Check({name: archive.read(name) for name in archive.namelist()})

    assert "只有这样才能证明历史没有被整体改写" in shown
    assert f'href="/instances/{instance}/bundle"' in shown
    assert (check.status, check.findings, check.events) == (0, [], 2)
    assert "证据包" not in anna.open(f"/instances/{instance}")
    anna.open(f"/instances/{instance}/bundle")
    assert anna.status == 403


def test_the_diagram_gets_what_each_event_changed(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", LEAVE)

    anna.open(f"/instances/{instance_of(office, key)}")
    raw = anna.page.get_data(as_text=True)
    data = json.loads(raw.split('id="diagram-data">')[1].split("</script>")[0])

    assert data["xml"] == BPMN
    assert [len(step["changes"]) > 0 for step in data["steps"]] == [True, False, True]
    last = {id: state for _, id, state in data["steps"][-1]["changes"]}
    assert last["approve"] == "ACTIVE"
    assert last["request"] == "COMPLETED"
    assert "approval" in data["steps"][-1]["flows"]


def test_a_changed_history_is_named_by_its_first_bad_event(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    instance = instance_of(office, key)
    with office.database.engine.connect() as connection:
        # As somebody with the database's own password would: the trigger out of the way, then the deed.
        connection.exec_driver_sql("DROP TRIGGER events_refuse_update")
        connection.execute(
            text("UPDATE events SET body = replace(body, 'anna', 'benn') WHERE instance_key = :key AND seq = 2"),
            {"key": instance},
        )
        connection.commit()

    assert "历史链在第2条记录处断裂" in reader("audrey").open(f"/instances/{instance}")


def test_the_list_of_cases_is_searched_by_number(reader, office):
    begin(office, "leave_request", claimed_by="anna", case="QJ-77")
    begin(office, "leave_request", claimed_by="anna", case="QJ-88")
    anna = reader("anna")

    found = anna.open("/instances", case="77")

    assert "QJ-77" in found
    assert "QJ-88" not in found
    assert "没有符合条件" in reader("noah").open("/instances", case="77")


def test_an_operator_cancels_and_nobody_else(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    instance = instance_of(office, key)
    anna, olga = reader("anna"), reader("olga")
    anna.open(f"/instances/{instance}")
    olga.open(f"/instances/{instance}")

    anna.press(f"/instances/{instance}/cancellation", {"sure": "1"})
    refused = anna.status
    shown = olga.press(f"/instances/{instance}/cancellation", {"sure": "1"})

    assert refused == 403
    assert "事项被取消" in shown
    with office.database.reading() as session:
        assert session.get_one(ProcessInstance, instance).status == "TERMINATED"


def test_an_operator_resolves_an_incident_and_an_auditor_looks(reader, office):
    with office.database.writing() as session:
        process = latest(session, "process", "leave_request")
        instance = start_instance(session, process, {}, office.user("ada"), now=MONDAY)
        error = EngineError("EXTRACT_VALUE_ERROR", "approve", "days is null")
        key = incidents.report(session, instance.key, error, now=MONDAY).key
        session.commit()
    olga, audrey = reader("olga"), reader("audrey")

    seen = audrey.open("/incidents")
    audrey.press(f"/incidents/{key}/resolution")
    refused = audrey.status
    olga.open("/incidents")
    after = olga.press(f"/incidents/{key}/resolution")

    assert "审批" in seen
    assert "days is null" in seen
    assert refused == 403
    assert "目前没有待处理的异常" in after
    with office.database.reading() as session:
        assert session.get_one(Incident, key).resolved_by == "olga"


def process_key(office):
    with office.database.reading() as session:
        found = latest(session, "process", "leave_request")
        assert found is not None
        return found.key


def send(someone, path, xml):
    """As the editor's script does."""
    token = someone.text.split('data-csrf="')[1].split('"')[0]
    return someone.client.post(path, json={"xml": xml}, headers={"X-CSRF-Token": token})


def test_the_editor_names_each_finding_with_its_element(reader, office):
    key = process_key(office)
    dora = reader("dora")
    dora.open(f"/processes/{key}")
    broken = BPMN.replace('formId="leave_request_request"', 'formId="nowhere"').replace("=rule.needs_approval", "=1 +")

    fine = send(dora, f"/processes/{key}/check", BPMN)
    found = send(dora, f"/processes/{key}/check", broken)
    refused = send(dora, f"/processes/{key}/deployment", broken)

    assert fine.get_json()["findings"] == []
    errors = {f["element"]: f for f in found.get_json()["findings"] if f["severity"] == "error"}
    assert {"request", "approval"} <= set(errors)
    assert errors["request"]["name"] == "申请"
    assert "nowhere" in errors["request"]["message"]
    assert refused.status_code == 422
    assert "没有部署任何内容" in refused.get_json()["message"]
    assert process_key(office) == key


def test_the_editor_deploys_a_new_version_beside_what_stays(reader, office):
    key = process_key(office)
    dora = reader("dora")
    dora.open(f"/processes/{key}")
    changed = BPMN.replace('name="申请"', 'name="请假申请"')

    same = send(dora, f"/processes/{key}/deployment", BPMN)
    done = send(dora, f"/processes/{key}/deployment", changed)

    assert "没有变化" in same.get_json()["message"]
    assert done.get_json()["message"] == "已部署为第2版。"
    assert int(done.get_json()["key"]) != key
    with office.database.reading() as session:
        assert session.scalars(select(Resource.version).filter_by(resource_id="leave_request_request")).all() == [1]
    old = dora.open(f"/processes/{key}")
    assert "这是旧版本" in old
    assert dora.client.get(f"/processes/{key}/file").get_data(as_text=True) == BPMN


@pytest.mark.parametrize("xml", ["", "<nonsense", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "<a/>"])
def test_what_is_no_diagram_is_a_finding_not_a_crash(reader, office, xml):
    key = process_key(office)
    dora = reader("dora")
    dora.open(f"/processes/{key}")

    checked = send(dora, f"/processes/{key}/check", xml)
    deployed = send(dora, f"/processes/{key}/deployment", xml)

    assert checked.status_code == 200
    assert checked.get_json()["findings"]
    assert deployed.status_code in (400, 422)


def test_an_auditor_looks_at_a_diagram_but_deploys_nothing(reader, office):
    key = process_key(office)
    audrey = reader("audrey")
    shown = audrey.open(f"/processes/{key}")

    answer = send(audrey, f"/processes/{key}/deployment", BPMN.replace("申请", "请求"))

    assert 'id="deploy" hidden' in shown
    assert answer.status_code == 403


def test_only_pages_with_a_drawing_allow_inline_styles(reader, office):
    dora = reader("dora")
    dora.open(f"/processes/{process_key(office)}")
    editor = dora.page.headers["Content-Security-Policy"]
    dora.open("/")
    other = dora.page.headers["Content-Security-Policy"]

    assert "'unsafe-inline'" in editor
    assert "'unsafe-inline'" not in other
    assert "script-src 'self';" in editor
    assert PASSWORD not in dora.text


def test_an_operator_moves_a_case_and_puts_it_under_another_version(reader, office):
    def deploy(*names):
        steps = [b.user(name, name=name.upper()) for name in names]
        source = b.process(b.start(), *steps, b.end(), b.chain("s", *names, "e"), id="movable")
        with office.database.writing() as session:
            deployments.deploy(session, {"movable.bpmn": source.xml}, office.user("dora"), now=MONDAY)
            session.commit()
            return latest(session, "process", "movable")

    first = deploy("a", "b")
    with office.database.writing() as session:
        key = start_instance(session, first, {}, office.user("ada"), now=MONDAY).key
        session.commit()
    second = deploy("a", "c")
    olga = reader("olga")
    page = olga.open(f"/instances/{key}/moves")
    assert f'<option value="{second.key}">' in page

    source = re.search(r'<option value="(\d+)">A \(a,', page)[1]
    moved = olga.press(f"/instances/{key}/modification", {"source": source, "target": "b"})
    assert "管理员人工调整了流程位置" in moved
    refused = olga.open(f"/instances/{key}/moves", version=str(second.key))
    assert "目前不能更换" in refused
    assert "未作对应" in refused
    possible = olga.open(f"/instances/{key}/moves", version=str(second.key), changes="b = c")
    assert "可以更换" in possible
    shown = olga.press(f"/instances/{key}/migration", {"version": str(second.key), "changes": "b = c"})

    assert "改按流程的另一版本办理" in shown
    with office.database.reading() as session:
        assert session.scalars(select(UserTask.name).filter_by(instance_key=key, ended_at=None)).all() == ["C"]
    wrong = olga.press(f"/instances/{key}/modification", {"target": "nobody"})
    assert olga.status == 400
    assert "流程图中没有此元素" in wrong
    anna = reader("anna")
    anna.open(f"/instances/{key}/moves")
    assert anna.status == 404


def test_where_a_case_stands_is_told_to_who_follows_it_and_nothing_else(reader, house):
    marked = files("report")
    text = marked["report.bpmn"].decode()
    text = text.replace('id="report"', 'id="followed"').replace('"startGroups" value="staff" />', _FOLLOWED)
    text = text.replace('value="第九条" />', 'value="第九条" /><zeebe:property name="stage" value="起草" />')
    text = text.replace('value="write" />', 'value="write" /><zeebe:property name="stage" value="审定" />')
    marked["report.bpmn"] = text.replace('bpmnElement="report"', 'bpmnElement="followed"').encode()
    with house.database.writing() as session:
        deployments.deploy(session, marked, house.user("dora"), now=MONDAY)
        process = latest(session, "process", "followed")
        key = start_instance(session, process, {"owner": ["grace"]}, None, now=MONDAY).key
        session.commit()

    grace, henry = reader("grace"), reader("henry")

    assert f"/instances/{key}/progress" in grace.open("/instances")
    shown = grace.open(f"/instances/{key}/progress")
    assert "现在：起草" in shown
    assert shown.index("起草") < shown.index("审定")
    assert "尚未开始" in shown
    assert "阿达" not in shown
    grace.open(f"/instances/{key}")
    assert grace.status == 404
    henry.open(f"/instances/{key}/progress")
    assert henry.status == 404
    assert "/progress" not in henry.open("/instances")
    assert "审定" in reader("audrey").open(f"/instances/{key}")


def test_the_list_is_narrowed_by_process_state_and_text(reader, house):
    anna = reader("anna")
    anna.open("/start/report")
    anna.press("/start/report", {"title": "年报", "_business_id": "BG-77"})

    assert "BG-77" in anna.open("/instances", process="report", case="G-7")
    assert "BG-77" not in anna.open("/instances", process="leave_request")
    assert "BG-77" not in anna.open("/instances", state="completed")
    assert "显示全部" in anna.text
    anna.open("/instances", sort="colour")
    assert anna.status == 400


def test_a_case_names_who_has_its_tasks(reader, house):
    key = begin(house, "leave_request", claimed_by="anna")
    shown = reader("ben").open(f"/instances/{instance_of(house, key)}")

    assert "安娜" in reader("anna").open(f"/instances/{instance_of(house, key)}")
    assert "任务和办理人" in shown


_FOLLOWED = '"startGroups" value="staff" /><zeebe:property name="stagesFor" value="owner" />'
