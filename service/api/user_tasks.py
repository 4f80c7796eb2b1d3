"""`/v2/user-tasks`"""

from typing import Any

from flask import Blueprint, Response, g, request

from service import access, releases
from service.api.audit_logs import audit_page
from service.api.bodies import NOTHING, answer, body, manner, page, search_body
from service.models import ProcessInstance, UserTask, Variable
from service.operations import blindness, nouns, search, user_tasks, variables
from service.schemas import present, requests, results
from service.web.dispatch import reads

blueprint = Blueprint("user_tasks", __name__, url_prefix="/v2/user-tasks")
_RESULT, _VARIABLE, _FORM = results.UserTaskResult(), results.VariableSearchResult(), results.FormResult()
_COMPLETION = requests.CompleteUserTaskSchema()


@blueprint.post("/search")
@reads
def find() -> Response:
    """Search user tasks."""
    found = search.search(g.session, nouns.user_tasks(g.user), search_body(), access.task_scope(g.user))
    hidden = blindness.hidden(g.session, g.user, [task for task, _ in found.items])
    return page(found, _RESULT, lambda row: _shown(row[0], row[1], row[0].key in hidden))


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One user task."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    instance = g.session.get_one(ProcessInstance, task.instance_key)
    return answer(_RESULT, _shown(task, instance, bool(blindness.hidden(g.session, g.user, [task]))))


@blueprint.patch("/<key:key>")
def update(key: int) -> tuple[str, int]:
    """Change due dates, candidates, priority."""
    changes = body(requests.UpdateUserTaskSchema())["changeset"] or {}
    columns = {"due_date": "due_at", "follow_up_date": "follow_up_at"}
    renamed = {columns.get(name, name): value for name, value in changes.items()}
    user_tasks.update_user_task(g.session, key, renamed, g.user, now=g.now)
    return NOTHING


@blueprint.post("/<key:key>/assignment")
def assign(key: int) -> tuple[str, int]:
    """Give a user task to somebody."""
    given = body(requests.AssignUserTaskSchema())
    override = given["allow_override"] is not False
    user_tasks.assign_user_task(g.session, key, given["assignee"], g.user, now=g.now, allow_override=override)
    return NOTHING


@blueprint.delete("/<key:key>/assignee")
def unassign(key: int) -> tuple[str, int]:
    """Put a user task back."""
    user_tasks.unassign_user_task(g.session, key, g.user, now=g.now)
    return NOTHING


@blueprint.post("/<key:key>/completion")
def complete(key: int) -> tuple[str, int]:
    """Complete a user task."""
    given = body(_COMPLETION)
    user_tasks.complete_user_task(g.session, key, given["variables"] or {}, g.user, now=g.now, manner=manner())
    return NOTHING


@blueprint.get("/<key:key>/form")
def form(key: int) -> Response | tuple[str, int]:
    """The form of a user task; 204 if it has none."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    found = releases.resource(g.session, task.form_key) if task.form_key else None
    return answer(_FORM, present.form(found)) if found else NOTHING


@blueprint.post("/<key:key>/variables/search")
@reads
def find_variables(key: int) -> Response:
    """All variables a task can see, from its own scope upwards."""
    return _variables(key, effective=False)


@blueprint.post("/<key:key>/effective-variables/search")
@reads
def find_effective_variables(key: int) -> Response:
    """The variables a task can see; of two with one name the inner one."""
    return _variables(key, effective=True)


def _variables(key: int, *, effective: bool) -> Response:
    task = user_tasks.visible_user_task(g.session, key, g.user)
    chain = variables.scope_chain(g.session, task.instance_key, key)
    scope = Variable.scope_key.in_(chain) & variables.shown_to(g.session, g.user, task)
    if effective:
        scope = scope & variables.innermost(chain)
    found = search.search(g.session, nouns.VARIABLES, search_body(), scope)
    return page(found, _VARIABLE, _presented)


@blueprint.post("/<key:key>/audit-logs/search")
@reads
def find_audit_logs(key: int) -> Response:
    """What happened to a user task."""
    user_tasks.visible_user_task(g.session, key, g.user)
    return audit_page(nouns.AUDIT_LOGS.fields["userTaskKey"].column == key)


def _shown(task: UserTask, instance: ProcessInstance, hidden: bool) -> dict[str, Any]:
    shown = present.user_task(g.session, task, instance)
    if hidden:
        shown["assignee"] = blindness.name_seen(g.user, task.assignee, hidden)
        shown["candidate_users"] = [name for name in task.candidate_users if name == g.user.username]
    return shown


def _presented(row: Any) -> dict[str, Any]:
    return present.variable(*row, truncate=request.args.get("truncateValues", "true") != "false")
