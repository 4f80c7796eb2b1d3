"""`/v2/deployments`"""

from typing import Any

from flask import Blueprint, Response, g, request

from service.api.bodies import multipart, plain
from service.errors import BadArgument
from service.models import DeploymentDraft, Resource
from service.operations import deployment_drafts
from service.schemas.base import TENANT
from service.web.language import language

blueprint = Blueprint("deployments", __name__, url_prefix="/v2/deployments")
LONGEST_NAME = 250


@blueprint.post("")
def create() -> Response:
    """Deploy the files of a multipart request; their names decide what they are. In production: a draft, 409."""
    multipart()
    if request.form.get("tenantId", TENANT) != TENANT:
        raise BadArgument("There is one tenant, named <default>.")
    files: dict[str, bytes] = {}
    for _, file in request.files.items(multi=True):
        name = (file.filename or "").replace("\\", "/").lstrip("/")
        if not name.isprintable() or len(name) > LONGEST_NAME or not set(name.split("/")).isdisjoint(("", ".", "..")):
            raise BadArgument("A file is named by a path of at most %(most)s characters.", most=LONGEST_NAME)
        if name in files:
            raise BadArgument("Two files are named “%(name)s”; rename one.", name=name)
        files[name] = file.read()
    reader: Any = language()
    result = deployment_drafts.submit(g.session, files, g.user, now=g.now, language=reader)
    if isinstance(result, DeploymentDraft):
        raise deployment_drafts.not_released(result)
    return plain(
        {
            "deploymentKey": str(result.release_key),
            "tenantId": "<default>",
            "deployments": [_written(row) for row in result.resources],
        }
    )


def _written(row: Resource) -> dict[str, Any]:
    """One item per definition: exactly one of five members is there."""
    members: dict[str, Any] = dict.fromkeys(
        ("processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource")
    )
    common = {"resourceName": row.file_name, "tenantId": "<default>"}
    key = str(row.key)
    match row.kind:
        case "process":
            members["processDefinition"] = common | {
                "processDefinitionId": row.resource_id,
                "processDefinitionVersion": row.version,
                "processDefinitionKey": key,
            }
        case "decision":
            members["decisionDefinition"] = {
                "decisionDefinitionId": row.resource_id,
                "version": row.version,
                "name": row.name,
                "tenantId": "<default>",
                "decisionRequirementsId": row.file_name.rsplit("/", 1)[-1].removesuffix(".dmn"),
                "decisionDefinitionKey": key,
                "decisionRequirementsKey": key,
            }
        case "form":
            members["form"] = common | {"formId": row.resource_id, "version": row.version, "formKey": key}
        case _:
            members["resource"] = common | {"resourceId": row.resource_id, "version": row.version, "resourceKey": key}
    return members
