"""Who may call what: every route, asked by everybody, as one table.

A row is an endpoint of the application, what is asked of it, and the status that each asker gets. Addresses and bodies
hold names of things in braces (`{task}`, `{instance}` …), which the scene makes anew for every cell that changes
something. Rows are read by `test_matrix.py`, which fails for a route without a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Who asks. anonymous: nobody signed in. other: an account without groups. candidate: of the group that the task is
#: offered to. assignee: who has it. starter: who began the instance. The rest: the system groups.
ASKERS: Mapping[str, str | None] = {
    "anonymous": None,
    "other": "noah",
    "candidate": "ben",
    "assignee": "anna",
    "starter": "sam",
    "operator": "olga",
    "worker": "wanda",
    "deployer": "dora",
    "auditor": "audrey",
    "admin": "ada",
}
#: Groups of askers that rows speak of.
TAKES_PART = ("candidate", "assignee", "starter")
ON_TASK = ("candidate", "assignee")
READS_ALL = ("operator", "auditor", "admin")
OPERATES = ("operator", "admin")
EXPORTS = ("auditor", "admin")
#: Sees accounts, groups and the book of administrative acts.
KEEPS_BOOKS = ("auditor", "admin")
WORKS = ("worker", "admin")
DEPLOYS = ("deployer", "admin")
EVERYBODY = tuple(name for name in ASKERS if name != "anonymous")


@dataclass(frozen=True)
class Row:
    """One request and what each asker gets: `may` get `granted`, anonymous 401, all others `refused`."""

    endpoint: str
    method: str
    path: str
    may: Sequence[str]
    granted: int = 200
    refused: int = 404
    body: Any = None
    #: Statuses of single askers that fit neither.
    but: Mapping[str, int] = field(default_factory=dict)
    #: The state that the thing is in: what the scene makes it to be.
    state: str = "open"
    anonymous: int = 401
    #: Parts of a multipart request → names of files; or the fields of a page's form.
    files: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)

    def expected(self, asker: str) -> int:
        """The status that this asker gets."""
        if asker in self.but:
            return self.but[asker]
        if asker == "anonymous":
            return self.anonymous
        return self.granted if asker in self.may else self.refused

    @property
    def name(self) -> str:
        """For the test's report."""
        return f"{self.endpoint} {self.method} {self.state}"


def _search(endpoint: str, path: str) -> Row:
    """Everybody may search; what one may not know of is not among the rows (`test_matrix` looks)."""
    return Row(endpoint, "POST", path, EVERYBODY, body={})


SEES_INSTANCE = (*TAKES_PART, *READS_ALL)
SEES_TASK = (*ON_TASK, *READS_ALL)
#: Whoever knows of the thing but may not do this is told so; the others do not learn that it is there.
KNOWN = dict.fromkeys(TAKES_PART, 403) | {"auditor": 403}
NOT_HISTORY = dict.fromkeys(TAKES_PART, 403)
NOT_MINE = dict.fromkeys(("candidate", *READS_ALL), 403)
TASK_KNOWN = dict.fromkeys(ON_TASK, 403) | {"auditor": 403}

#: A filter that fits nothing, and a move.
NOBODYS = {"processDefinitionId": "nobodys"}
MOVE = {"sourceElementId": "request", "targetElementId": "request"}

API: Sequence[Row] = (
    # --- the service itself
    Row("cluster.topology", "GET", "/v2/topology", EVERYBODY),
    Row("cluster.status", "GET", "/v2/status", EVERYBODY, 204, anonymous=204),
    Row("cluster.license", "GET", "/v2/license", EVERYBODY, anonymous=200),
    Row("cluster.me", "GET", "/v2/authentication/me", EVERYBODY),
    Row("health.live", "GET", "/health/live", EVERYBODY, anonymous=200),
    Row("health.ready", "GET", "/health/ready", EVERYBODY, anonymous=200),
    Row("health.counters", "GET", "/metrics", EVERYBODY, anonymous=200),
    Row("openapi.show", "GET", "/openapi.json", EVERYBODY),
    Row("clock.pin", "PUT", "/v2/clock", ("admin",), 204, 403, {"timestamp": 1795395600000}),
    Row("clock.reset", "POST", "/v2/clock/reset", ("admin",), 204, 403),
    # --- definitions
    Row("deployments.create", "POST", "/v2/deployments", DEPLOYS, 200, 403, files={"resources": "leave_request.bpmn"}),
    _search("definitions.find", "/v2/process-definitions/search"),
    Row("definitions.show", "GET", "/v2/process-definitions/{definition}", EVERYBODY),
    Row("definitions.xml", "GET", "/v2/process-definitions/{definition}/xml", EVERYBODY),
    Row("definitions.start_form", "GET", "/v2/process-definitions/{definition}/form", EVERYBODY, 204),
    Row("definitions.form", "GET", "/v2/forms/{form}", EVERYBODY),
    _search("decisions.find", "/v2/decision-definitions/search"),
    Row("decisions.show", "GET", "/v2/decision-definitions/{decision}", EVERYBODY),
    Row("decisions.xml", "GET", "/v2/decision-definitions/{decision}/xml", EVERYBODY),
    Row(
        *("decisions.evaluate", "POST", "/v2/decision-definitions/evaluation", ("operator", "deployer", "admin")),
        *(200, 403, {"decisionDefinitionId": "leave_days", "variables": {"days": 2}}),
    ),
    _search("decisions.find_instances", "/v2/decision-instances/search"),
    Row("decisions.show_instance", "GET", "/v2/decision-instances/{evaluation}", READS_ALL),
    # --- instances
    Row(
        *("process_instances.create", "POST", "/v2/process-instances", ("operator", "deployer", "admin")),
        *(200, 403, {"processDefinitionId": "leave_request"}),
    ),
    _search("process_instances.find", "/v2/process-instances/search"),
    Row("process_instances.show", "GET", "/v2/process-instances/{instance}", SEES_INSTANCE),
    Row(
        *("process_instances.cancel", "POST", "/v2/process-instances/{instance}/cancellation", OPERATES, 204),
        but=KNOWN,
    ),
    Row(
        *("process_instances.cancel", "POST", "/v2/process-instances/{instance}/cancellation", OPERATES, 409),
        but={"starter": 403, "auditor": 403},
        state="ended",
    ),
    Row(
        *("process_instances.find_incidents", "POST", "/v2/process-instances/{instance}/incidents/search"),
        SEES_INSTANCE,
        body={},
    ),
    Row(
        *("process_instances.statistics", "GET", "/v2/process-instances/{instance}/statistics/element-instances"),
        SEES_INSTANCE,
    ),
    Row("process_instances.sequence_flows", "GET", "/v2/process-instances/{instance}/sequence-flows", SEES_INSTANCE),
    Row(
        *("moves.modify", "POST", "/v2/process-instances/{instance}/modification", OPERATES, 400),
        body={"terminateInstructions": [{"elementId": "nobody"}]},
        but=KNOWN,
    ),
    Row(
        *("moves.migrate", "POST", "/v2/process-instances/{instance}/migration", OPERATES, 409),
        body={"targetProcessDefinitionKey": "{definition}", "mappingInstructions": []},
        but=KNOWN,
    ),
    Row(
        *("moves.preview", "POST", "/api/v1/process-instances/migration-preview", OPERATES, 200, 403),
        body={"targetProcessDefinitionKey": "{definition}", "processInstanceKeys": ["{instance}"]},
    ),
    *(
        Row(
            f"batches.{endpoint}",
            "POST",
            f"/v2/process-instances/{path}",
            OPERATES,
            200,
            403,
            {"filter": NOBODYS, **plan},
        )
        for endpoint, path, plan in (
            ("cancel_instances", "cancellation", {}),
            ("resolve_incidents", "incident-resolution", {}),
            ("modify_instances", "modification", {"moveInstructions": [MOVE]}),
            (
                "migrate_instances",
                "migration",
                {"migrationPlan": {"targetProcessDefinitionKey": "{definition}", "mappingInstructions": [MOVE]}},
            ),
        )
    ),
    _search("batches.find", "/v2/batch-operations/search"),
    _search("batches.find_items", "/v2/batch-operation-items/search"),
    Row("batches.show", "GET", "/v2/batch-operations/{batch}", READS_ALL),
    *(
        Row(
            f"batches.{endpoint}",
            "POST",
            f"/v2/batch-operations/{{batch}}/{path}",
            OPERATES,
            204,
            but={"auditor": 403},
        )
        for endpoint, path in (("suspend", "suspension"), ("resume", "resumption"), ("cancel", "cancellation"))
    ),
    _search("elements.find", "/v2/element-instances/search"),
    Row("elements.show", "GET", "/v2/element-instances/{element}", SEES_INSTANCE),
    Row(
        *("elements.set_variables", "PUT", "/v2/element-instances/{instance}/variables", OPERATES, 204),
        body={"variables": {"note": "x"}},
        but=KNOWN,
    ),
    _search("variables.find", "/v2/variables/search"),
    Row("variables.show", "GET", "/v2/variables/{variable}", READS_ALL),
    # --- user tasks: open and nobody's, taken by anna, completed by anna
    _search("user_tasks.find", "/v2/user-tasks/search"),
    Row("user_tasks.show", "GET", "/v2/user-tasks/{task}", SEES_TASK),
    Row("user_tasks.show", "GET", "/v2/user-tasks/{task}", ("assignee", *READS_ALL), state="completed"),
    Row("user_tasks.form", "GET", "/v2/user-tasks/{task}/form", SEES_TASK),
    Row("user_tasks.find_variables", "POST", "/v2/user-tasks/{task}/variables/search", SEES_TASK, body={}),
    Row(
        *("user_tasks.find_effective_variables", "POST", "/v2/user-tasks/{task}/effective-variables/search"),
        SEES_TASK,
        body={},
    ),
    Row("user_tasks.find_audit_logs", "POST", "/v2/user-tasks/{task}/audit-logs/search", SEES_TASK, body={}),
    Row(
        *("user_tasks.update", "PATCH", "/v2/user-tasks/{task}", OPERATES, 204),
        body={"changeset": {"priority": 60}},
        but=TASK_KNOWN,
    ),
    Row(
        *("user_tasks.assign", "POST", "/v2/user-tasks/{task}/assignment", ("assignee", *OPERATES), 204),
        body={"assignee": "anna"},
        but={"candidate": 403, "auditor": 403},
    ),
    Row(
        *("user_tasks.assign", "POST", "/v2/user-tasks/{task}/assignment", ("assignee", *OPERATES), 204),
        body={"assignee": "anna"},
        but={"candidate": 409, "auditor": 409},
        state="taken",
    ),
    Row(
        *("user_tasks.assign", "POST", "/v2/user-tasks/{task}/assignment", (), 409),
        body={"assignee": "ben", "allowOverride": False},
        but=dict.fromkeys((*SEES_TASK,), 409),
        state="taken",
    ),
    Row(
        *("user_tasks.unassign", "DELETE", "/v2/user-tasks/{task}/assignee", ("assignee", *OPERATES), 204),
        but={"candidate": 403, "auditor": 403},
        state="taken",
    ),
    Row(
        *("user_tasks.complete", "POST", "/v2/user-tasks/{task}/completion", ("assignee",), 204),
        body={"variables": "{answers}"},
        but={"candidate": 403, "operator": 403, "auditor": 403, "admin": 403},
        state="taken",
    ),
    Row(
        *("user_tasks.complete", "POST", "/v2/user-tasks/{task}/completion", (), 204),
        body={"variables": "{answers}"},
        but=dict.fromkeys(SEES_TASK, 403),
    ),
    Row(
        *("user_tasks.complete", "POST", "/v2/user-tasks/{task}/completion", (), 204),
        body={"variables": "{answers}"},
        but=dict.fromkeys(("assignee", *READS_ALL), 409),
        state="completed",
    ),
    Row(
        *("own_tasks.claim", "POST", "/api/v1/user-tasks/{task}/claim", ON_TASK, 204),
        but=dict.fromkeys(READS_ALL, 403),
    ),
    Row(
        *("own_tasks.claim", "POST", "/api/v1/user-tasks/{task}/claim", ("assignee",), 204),
        but=dict.fromkeys(("candidate", *READS_ALL), 409),
        state="taken",
    ),
    Row("own_tasks.show_records", "GET", "/api/v1/user-tasks/{task}/records", SEES_TASK),
    Row("own_tasks.show_draft", "GET", "/api/v1/user-tasks/{task}/draft", SEES_TASK, 204),
    Row(
        *("own_tasks.save_draft", "PUT", "/api/v1/user-tasks/{task}/draft", ("assignee",), 204),
        body={"data": {"reason": "x"}},
        but=dict.fromkeys(("candidate", *READS_ALL), 403),
        state="taken",
    ),
    Row("own_tasks.delete_draft", "DELETE", "/api/v1/user-tasks/{task}/draft", SEES_TASK, 204, state="taken"),
    # --- work, incidents, messages
    Row(
        *("jobs.activate", "POST", "/v2/jobs/activation", WORKS, 200, 403),
        {"type": "nothing", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1},
    ),
    Row("jobs.complete", "POST", "/v2/jobs/{job}/completion", WORKS, 204, 403),
    Row("jobs.fail", "POST", "/v2/jobs/{job}/failure", WORKS, 204, 403, {"retries": 1}),
    Row("jobs.throw_error", "POST", "/v2/jobs/{job}/error", WORKS, 204, 403, {"errorCode": "E1"}),
    _search("jobs.find", "/v2/jobs/search"),
    _search("incidents.find", "/v2/incidents/search"),
    Row("incidents.show", "GET", "/v2/incidents/{incident}", READS_ALL),
    Row(
        *("incidents.resolve", "POST", "/v2/incidents/{incident}/resolution", OPERATES, 204),
        but={"starter": 403, "auditor": 403},
    ),
    Row("messages.publish", "POST", "/v2/messages/publication", ("operator", *WORKS), 200, 403, {"name": "m"}),
    Row("messages.correlate", "POST", "/v2/messages/correlation", ("operator", *WORKS), 404, 403, {"name": "m"}),
    Row("messages.broadcast", "POST", "/v2/signals/broadcast", ("operator", *WORKS), 200, 403, {"signalName": "s"}),
    _search("messages.find", "/v2/message-subscriptions/search"),
    # --- history
    _search("audit_logs.find", "/v2/audit-logs/search"),
    Row("audit_logs.show", "GET", "/v2/audit-logs/{event}", ("starter", *READS_ALL)),
    *(
        Row(
            endpoint,
            method,
            f"/api/v1/process-instances/{{instance}}/{path}",
            READS_ALL,
            but=dict.fromkeys(TAKES_PART, 403),
        )
        for endpoint, method, path in (
            ("histories.show", "GET", "history"),
            ("histories.verify", "POST", "verification"),
            ("histories.replay", "POST", "replay"),
            ("histories.export", "GET", "export"),
        )
    ),
    Row("evidence.show_heads", "GET", "/api/v1/history/heads", READS_ALL, refused=403),
    Row("evidence.show_head", "GET", "/api/v1/history/heads/{head}", READS_ALL, refused=403),
    Row(
        "evidence.show_consistency",
        "GET",
        "/api/v1/history/heads/{head}/consistency?from={head}",
        READS_ALL,
        refused=403,
    ),
    Row(
        *("evidence.bundle", "GET", "/api/v1/process-instances/{instance}/bundle", EXPORTS),
        but=dict.fromkeys((*TAKES_PART, "operator"), 403),
    ),
    # --- files, registers, people
    Row("documents.create", "POST", "/v2/documents", EVERYBODY, 201, files={"file": "note.txt"}),
    Row("documents.show", "GET", "/v2/documents/{document}", ("assignee", *READS_ALL)),
    Row(
        "documents.delete", "DELETE", "/v2/documents/{document}", ("assignee",), 204, but=dict.fromkeys(READS_ALL, 403)
    ),
    Row("lookups.show", "GET", "/api/v1/look-ups/none/0000", (), anonymous=404),
    Row("registers.show_all", "GET", "/api/v1/registers", EVERYBODY),
    Row("registers.find", "POST", "/api/v1/registers/rooms/records/search", (*ON_TASK, *READS_ALL), body={}),
    Row("registers.show", "GET", "/api/v1/registers/rooms/records/{record}", (*ON_TASK, *READS_ALL)),
    Row(
        *("registers.show_versions", "GET", "/api/v1/registers/rooms/records/{record}/versions"),
        (*ON_TASK, *READS_ALL),
    ),
    _search("people.find", "/api/v1/users/search"),
    Row("people.show", "GET", "/api/v1/users/anna", ("assignee", *READS_ALL)),
    Row(
        *("people.sign_in", "POST", "/api/v1/sessions", EVERYBODY, 201),
        body={"username": "anna", "password": "correct horse"},
        anonymous=201,
    ),
    Row("people.sign_out", "DELETE", "/api/v1/sessions/current", (), refused=400),
    Row("substitutes.show", "GET", "/api/v1/substitutes", EVERYBODY),
    Row(
        *("substitutes.create", "POST", "/api/v1/substitutes", EVERYBODY, 201),
        body={"substitute": "henry", "firstDay": "2026-12-01", "lastDay": "2026-12-05"},
    ),
    Row("substitutes.end", "DELETE", "/api/v1/substitutes/{substitution}", ("assignee", *OPERATES), 204),
    Row("tokens.create", "POST", "/api/v1/api-tokens", EVERYBODY, 201, body={"title": "test"}),
    Row("tokens.revoke", "DELETE", "/api/v1/api-tokens/{token}", ("assignee",), 204),
)

TO_SIGN_IN = 302
#: The pages, by their first part: who is not signed in is sent to the sign-in page.
LOOKS = {"anonymous": TO_SIGN_IN}
MENDS = ("operator", "auditor", "admin")
DESIGNS = ("operator", "deployer", "auditor", "admin")
_CANCEL = "/instances/{instance}/cancellation"
PAGES: Sequence[Row] = (
    Row("sign_in.form", "GET", "/sign-in", EVERYBODY, 302, anonymous=200),
    Row("sign_in.submit", "POST", "/sign-in", EVERYBODY, 401, anonymous=401),
    Row("sign_in.sign_out", "POST", "/sign-out", EVERYBODY, 302, anonymous=302),
    Row("sign_in.resume", "GET", "/resume", EVERYBODY, 302, anonymous=302),
    Row("sign_in.drop", "POST", "/resume/drop", EVERYBODY, 302, anonymous=302),
    Row("pages_openid.depart", "GET", "/sign-in/openid", (), anonymous=404),
    Row("pages_openid.back", "GET", "/sign-in/openid/back", (), anonymous=404),
    Row("pages_profile.show", "GET", "/profile", EVERYBODY, but=LOOKS),
    Row("pages_profile.save", "POST", "/profile", EVERYBODY, 400, but=LOOKS),
    Row("pages_profile.password", "GET", "/profile/password", EVERYBODY, but=LOOKS),
    Row("pages_profile.change_password", "POST", "/profile/password", EVERYBODY, 400, but=LOOKS),
    Row(
        *("pages_profile.make_token", "POST", "/profile/tokens", EVERYBODY),
        but=LOOKS,
        form={"title": "test", "days": "7"},
    ),
    Row("pages_profile.end_token", "POST", "/profile/tokens/{token}/end", ("assignee",), 302, but=LOOKS),
    Row("pages_profile.end_session", "POST", "/profile/sessions/none/end", (), but=LOOKS),
    Row("pages_profile.invitation", "GET", "/invitation/none", (), anonymous=404),
    Row("pages_profile.accept", "POST", "/invitation/none", (), anonymous=404),
    Row("languages.choose", "GET", "/language/en", EVERYBODY, 302, anonymous=302),
    Row("pages_lookups.form", "GET", "/look-up/none", (), anonymous=404),
    Row("pages_lookups.show", "GET", "/look-up/none/0000", (), anonymous=404),
    Row("pages_public_views.index", "GET", "/public", EVERYBODY, anonymous=200),
    Row("pages_public_views.show", "GET", "/public/none", (), anonymous=404),
    Row("pages_public_views.one", "GET", "/public/none/0000", (), anonymous=404),
    Row("pages_public_starts.form", "GET", "/public/start/leave_request", (), anonymous=404),
    Row("pages_public_starts.submit", "POST", "/public/start/leave_request", (), refused=403, anonymous=403),
    Row("pages_public_starts.ask", "GET", "/public/receipts", EVERYBODY, anonymous=200),
    Row("pages_public_starts.claim", "POST", "/public/receipts/0000/account", (), refused=403, anonymous=403),
    Row("pages_public_starts.receipt", "GET", "/public/receipts/0000", (), anonymous=404),
    Row("pages_links.show", "GET", "/links/0000", (), anonymous=404),
    Row("pages_links.submit", "POST", "/links/0000", (), anonymous=404),
    Row("pages_links.sheet", "GET", "/tasks/{task}/links", (), anonymous=302),
    Row("static", "GET", "/static/none.css", EVERYBODY, 404, anonymous=404),
    Row("pages_inbox.show", "GET", "/", EVERYBODY, but=LOOKS),
    Row("pages_inbox.news", "GET", "/inbox/news?since=2026-11-23T00:00:00Z", EVERYBODY, but=LOOKS),
    Row("pages_inbox.save_filter", "POST", "/inbox/filters", EVERYBODY, 302, but=LOOKS, form={"title": "mine"}),
    Row("pages_inbox.delete_filter", "POST", "/inbox/filters/delete", EVERYBODY, 302, but=LOOKS),
    Row("pages_inbox_export.export", "GET", "/inbox/export", EVERYBODY, but=LOOKS),
    Row("pages_search.show", "GET", "/search?q=leave", EVERYBODY, but=LOOKS),
    Row("pages_bulk.claim", "POST", "/tasks/claim", EVERYBODY, but=LOOKS),
    Row("pages_bulk.assign", "POST", "/tasks/assign", EVERYBODY, but=LOOKS),
    Row("pages_bulk.sign_off", "POST", "/tasks/sign-off", EVERYBODY, but=LOOKS),
    Row("pages_tasks.show", "GET", "/tasks/{task}", SEES_TASK, but=LOOKS),
    Row("pages_tasks.submit", "POST", "/tasks/{task}", (), but=LOOKS | dict.fromkeys(SEES_TASK, 403)),
    Row("pages_tasks.submit", "POST", "/tasks/{task}", (), but=LOOKS | {"assignee": 400} | NOT_MINE, state="taken"),
    Row(
        "pages_tasks.draft", "POST", "/tasks/{task}/draft", (), but=LOOKS | {"assignee": 200} | NOT_MINE, state="taken"
    ),
    Row(
        "pages_task_acts.claim", "POST", "/tasks/{task}/claim", ON_TASK, 302, but=LOOKS | dict.fromkeys(READS_ALL, 403)
    ),
    Row(
        *("pages_task_acts.release", "POST", "/tasks/{task}/release", ("assignee", *OPERATES), 302),
        but=LOOKS | {"candidate": 403, "auditor": 403},
        state="taken",
    ),
    *(
        Row(name, method, f"/tasks/{{task}}/sheets{table}", (), but=LOOKS | {"assignee": 404} | NOT_MINE, state="taken")
        for name, method, table in (
            ("pages_sheets.show", "GET", ""),
            ("pages_sheets.download", "GET", "/days"),
            ("pages_sheets.upload", "POST", "/days"),
        )
    ),
    Row(
        *("pages_task_acts.assign", "POST", "/tasks/{task}/assignment", OPERATES, 302),
        but=LOOKS | {"assignee": 403, "auditor": 409, "candidate": 409},
        form={"assignee": "henry", "reason": "away"},
        state="taken",
    ),
    Row(
        *("pages_task_acts.hand_on", "POST", "/tasks/{task}/delegation", ("assignee",), 302),
        but=LOOKS | dict.fromkeys(("candidate", *READS_ALL), 403),
        form={"receiver": "ben", "reason": "prepare it"},
        state="taken",
    ),
    Row(
        *("pages_task_acts.give_back", "POST", "/tasks/{task}/return", (), 302),
        but=LOOKS | dict.fromkeys(SEES_TASK, 409),
        form={"reason": "done"},
        state="taken",
    ),
    Row(
        *("pages_task_acts.comment", "POST", "/tasks/{task}/comments", SEES_TASK, 302),
        but=LOOKS,
        form={"comment": "Please look."},
        state="taken",
    ),
    Row(
        "pages_attachments.to_task",
        "POST",
        "/tasks/{task}/files",
        (),
        but=LOOKS | {"assignee": 400} | NOT_MINE,
        state="taken",
    ),
    Row(
        "pages_attachments.to_start", "POST", "/start/leave_request/files", ("operator", *DEPLOYS), 400, 403, but=LOOKS
    ),
    Row("pages_start.draft", "POST", "/start/leave_request/draft", ("operator", *DEPLOYS), 204, 403, but=LOOKS),
    Row("pages_start.discard", "POST", "/start/leave_request/draft/removal", EVERYBODY, 302, but=LOOKS),
    Row("pages_notifications.show", "GET", "/notifications", EVERYBODY, but=LOOKS),
    Row("pages_notifications.unread", "GET", "/notifications/unread", EVERYBODY, but=LOOKS),
    Row("pages_notifications.read", "GET", "/notifications/1", (), but=LOOKS),
    Row("pages_notifications.read_all", "POST", "/notifications", EVERYBODY, 302, but=LOOKS),
    Row("pages_notifications.choose", "POST", "/profile/notifications", (), refused=400, but=LOOKS),
    Row("pages_notifications.outbox", "GET", "/admin/mail", READS_ALL, refused=403, but=LOOKS),
    Row("pages_notifications.resend_failed", "POST", "/admin/mail/resend", OPERATES, 302, 403, but=LOOKS),
    Row(
        "pages_notifications.resend",
        "POST",
        "/admin/mail/1/resend",
        (),
        refused=403,
        but=LOOKS | dict.fromkeys(OPERATES, 404),
    ),
    Row("pages_start.show", "GET", "/start", EVERYBODY, but=LOOKS),
    Row("pages_start.form", "GET", "/start/leave_request", ("operator", *DEPLOYS), refused=403, but=LOOKS),
    Row("pages_start.submit", "POST", "/start/leave_request", ("operator", *DEPLOYS), 302, 403, but=LOOKS),
    Row("pages_start.first_task", "GET", "/start/of/{instance}", SEES_INSTANCE, 302, but=LOOKS),
    Row("pages_substitutes.show", "GET", "/substitutes", EVERYBODY, but=LOOKS),
    Row(
        *("pages_substitutes.name", "POST", "/substitutes", EVERYBODY, 302),
        but=LOOKS,
        form={"substitute": "henry", "first_day": "2026-12-01", "last_day": "2026-12-05"},
    ),
    Row(*("pages_substitutes.end", "POST", "/substitutes/{substitution}/end", ("assignee", *OPERATES), 302), but=LOOKS),
    Row("pages_admin.index", "GET", "/admin", READS_ALL, refused=403, but=LOOKS),
    *(
        Row(endpoint, "GET", path, may, granted, 403, but=LOOKS)
        for endpoint, path, may, granted in (
            ("pages_users.index", "/admin/users", KEEPS_BOOKS, 200),
            ("pages_users.new", "/admin/users/new", ("admin",), 200),
            ("pages_users.show", "/admin/users/anna", KEEPS_BOOKS, 200),
            ("pages_groups.index", "/admin/groups", KEEPS_BOOKS, 200),
            ("pages_groups.show", "/admin/groups/staff", KEEPS_BOOKS, 200),
            ("pages_parties.index", "/admin/parties", KEEPS_BOOKS, 200),
            ("pages_parties.show", "/admin/parties/none", KEEPS_BOOKS, 404),
            ("pages_tokens.index", "/admin/tokens", KEEPS_BOOKS, 200),
            ("pages_acts.index", "/admin/acts", KEEPS_BOOKS, 200),
            ("pages_calendar.show", "/admin/calendar", READS_ALL, 200),
            ("pages_messages.show", "/admin/messages", READS_ALL, 200),
        )
    ),
    # Without a reason nothing is done; who has no right is told so before.
    *(
        Row(endpoint, "POST", path, ("admin",), granted, 403, but=LOOKS)
        for endpoint, path, granted in (
            ("pages_users.create", "/admin/users", 400),
            *(
                (f"pages_users.{name}", f"/admin/users/anna/{path}", 400)
                for name, path in (
                    ("describe", "details"),
                    ("renew", "password"),
                    ("end", "end"),
                    ("restore", "restore"),
                    ("end_sessions", "sessions"),
                    ("same_person", "person"),
                    ("put_in", "groups"),
                    ("take_out", "groups/out"),
                )
            ),
            ("pages_parties.create", "/admin/parties", 400),
            ("pages_parties.rename", "/admin/parties/none/name", 404),
            ("pages_parties.put_in", "/admin/parties/none/members", 404),
            ("pages_parties.take_out", "/admin/parties/none/members/out", 404),
            ("pages_tokens.end", "/admin/tokens/{token}/end", 400),
            ("pages_calendar.change", "/admin/calendar", 400),
        )
    ),
    Row("pages_messages.publish", "POST", "/admin/messages", OPERATES, 400, 403, but=LOOKS),
    Row("pages_instances.index", "GET", "/instances", EVERYBODY, but=LOOKS),
    Row("pages_instances.show", "GET", "/instances/{instance}", SEES_INSTANCE, but=LOOKS),
    Row(
        *("pages_instances.bundle", "GET", "/instances/{instance}/bundle", EXPORTS),
        but=LOOKS | dict.fromkeys((*TAKES_PART, "operator"), 403),
    ),
    Row("pages_instances.cancel", "POST", _CANCEL, OPERATES, 302, but=LOOKS | KNOWN, form={"sure": "1"}),
    Row("pages_instances.progress", "GET", "/instances/{instance}/progress", (), but=LOOKS),
    Row("pages_registers.index", "GET", "/registers", EVERYBODY, but=LOOKS),
    Row("pages_registers.show", "GET", "/registers/none", (), but=LOOKS),
    Row("pages_registers.export", "GET", "/registers/none/workbook", (), but=LOOKS),
    Row("pages_registers.record", "GET", "/registers/none/none", (), but=LOOKS),
    Row("pages_views.index", "GET", "/views", EVERYBODY, but=LOOKS),
    Row("pages_views.show", "GET", "/views/none", (), but=LOOKS),
    Row("pages_views.export", "GET", "/views/none/workbook", (), but=LOOKS),
    Row("pages_views.link", "POST", "/views/none/link", (), but=LOOKS),
    Row("pages_views.end_link", "POST", "/views/none/link/end", (), but=LOOKS),
    Row("calendars.feed", "GET", "/calendars/none.ics", (), anonymous=404),
    Row("pages_views.record", "GET", "/views/none/none", (), but=LOOKS),
    Row("pages_moves.show", "GET", "/instances/{instance}/moves", OPERATES, but=LOOKS | KNOWN),
    Row(
        *("pages_moves.modify", "POST", "/instances/{instance}/modification", OPERATES, 302),
        but=LOOKS | KNOWN,
        form={"target": "request"},
    ),
    Row(
        "pages_moves.migrate",
        "POST",
        "/instances/{instance}/migration",
        OPERATES,
        404,
        but=LOOKS | KNOWN,
        form={"version": "1"},
    ),
    Row("pages_editor.index", "GET", "/processes", DESIGNS, refused=403, but=LOOKS),
    Row("pages_editor.edit", "GET", "/processes/{definition}", DESIGNS, refused=403, but=LOOKS),
    Row("pages_editor.download", "GET", "/processes/{definition}/file", DESIGNS, refused=403, but=LOOKS),
    Row("pages_drafts.index", "GET", "/processes/drafts", DESIGNS, refused=403, but=LOOKS),
    Row("pages_drafts.show", "GET", "/processes/drafts/{draft}", DESIGNS, but=LOOKS),
    Row(
        *("pages_drafts.difference", "GET", "/processes/drafts/{draft}/difference?file=leave_request.bpmn", DESIGNS),
        but=LOOKS,
    ),
    Row("pages_drafts.approve", "POST", "/processes/drafts/{draft}/approval", DEPLOYS, 302, 403, but=LOOKS),
    Row("pages_drafts.discard", "POST", "/processes/drafts/{draft}/discard", DEPLOYS, 302, 403, but=LOOKS),
    Row("pages_decisions.show", "GET", "/decisions/{decision}", DESIGNS, refused=403, but=LOOKS),
    Row("pages_editor.check", "POST", "/processes/{definition}/check", DEPLOYS, 400, 403, but=LOOKS),
    Row("pages_editor.deploy", "POST", "/processes/{definition}/deployment", DESIGNS, 400, 403, but=LOOKS),
    Row("pages_incidents.show", "GET", "/incidents", MENDS, refused=403, but=LOOKS),
    Row("pages_incidents.resolve_many", "POST", "/incidents/resolution", MENDS, refused=403, but=LOOKS),
    Row(
        *("pages_incidents.resolve", "POST", "/incidents/{incident}/resolution", OPERATES, 302),
        but=LOOKS | {"starter": 403, "auditor": 403},
    ),
    Row("pages_attachments.download", "GET", "/documents/{document}", ("assignee", *READS_ALL), but=LOOKS),
    Row("pages_attachments.preview", "GET", "/documents/{document}/preview", (), but=LOOKS),
)
ROWS: Sequence[Row] = (*API, *PAGES)
