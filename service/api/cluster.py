"""What clients ask first: topology, status, licence, and who they are."""

from flask import Blueprint, Response, g

from service import __version__, keys
from service.api.bodies import NOTHING, plain
from service.web.dispatch import open_to_all

blueprint = Blueprint("cluster", __name__, url_prefix="/v2")
#: The version of the REST interface that we answer like; clients decide by it what they offer.
GATEWAY_VERSION = "8.9.0"


@blueprint.get("/topology")
def topology() -> Response:
    """One broker, one partition: ourselves."""
    partition = {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    broker = {
        "nodeId": 0,
        "brokerId": "0",
        "host": keys.config().host,
        "port": keys.config().port,
        "partitions": [partition],
        "version": __version__,
    }
    return plain(
        {
            "brokers": [broker],
            "clusterId": "pingshen",
            "clusterSize": 1,
            "partitionsCount": 1,
            "replicationFactor": 1,
            "gatewayVersion": GATEWAY_VERSION,
            "lastCompletedChangeId": "0",
        }
    )


@blueprint.get("/status")
@open_to_all
def status() -> tuple[str, int]:
    """Whether the service works; getting here took the database."""
    return NOTHING


@blueprint.get("/license")
@open_to_all
def license() -> Response:
    """No licence is needed."""
    return plain({"validLicense": True, "licenseType": "unknown", "isCommercial": False, "expiresAt": None})


@blueprint.get("/authentication/me")
def me() -> Response:
    """The account that asks."""
    groups = sorted(g.user.groups)
    return plain(
        {
            "username": g.user.username,
            "displayName": g.user.name,
            "email": None,
            "authorizedComponents": ["*"],
            "tenants": [{"tenantId": "<default>", "name": "Default", "description": None}],
            "groups": groups,
            "roles": [],
            "salesPlanType": None,
            "c8Links": {},
            "canLogout": True,
        }
    )
