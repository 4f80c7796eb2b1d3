"""Messages and signals of `/v2`"""

from flask import Blueprint, Response, g
from sqlalchemy import select

from service import access
from service.api.bodies import body, page, plain, search_body
from service.errors import Forbidden
from service.models import ProcessInstance, Subscription
from service.operations import messages, nouns, search, signals
from service.schemas import present, requests, results
from service.web.dispatch import reads

blueprint = Blueprint("messages", __name__, url_prefix="/v2")
_SUBSCRIPTION = results.MessageSubscriptionResult()


@blueprint.post("/messages/publication")
def publish() -> Response:
    """Publish a message."""
    given = body(requests.PublishMessageSchema())
    _check()
    key = messages.publish(
        g.session,
        given["name"],
        given["correlation_key"] or "",
        given["variables"] or {},
        now=g.now,
        ttl_ms=given["time_to_live"] or 0,
        message_id=given["message_id"],
    )
    return plain({"tenantId": "<default>", "messageKey": str(key)})


@blueprint.post("/messages/correlation")
def correlate() -> Response:
    """Give a message to somebody who waits for it now; 404 if nobody does."""
    given = body(requests.CorrelateMessageSchema())
    _check()
    key, instance = messages.correlate(
        g.session, given["name"], given["correlation_key"] or "", given["variables"] or {}, g.user, now=g.now
    )
    return plain({"tenantId": "<default>", "messageKey": str(key), "processInstanceKey": str(instance.key)})


@blueprint.post("/signals/broadcast")
def broadcast() -> Response:
    """Broadcast a signal."""
    given = body(requests.BroadcastSignalSchema())
    _check()
    key = signals.broadcast(g.session, given["signal_name"], given["variables"] or {}, now=g.now)
    return plain({"tenantId": "<default>", "signalKey": str(key)})


@blueprint.post("/message-subscriptions/search")
@reads
def find() -> Response:
    """Search message subscriptions."""
    scope = (
        access.unrecused(g.user, Subscription.instance_key)
        if g.user.reads_all
        else Subscription.instance_key.in_(select(ProcessInstance.key).where(access.instance_scope(g.user)))
    )
    found = search.search(g.session, nouns.MESSAGE_SUBSCRIPTIONS, search_body(), scope)
    return page(found, _SUBSCRIPTION, lambda row: present.message_subscription(g.session, *row))


def _check() -> None:
    """Messages move instances past their tasks: operators and workers only."""
    if not (g.user.operates or g.user.works):
        raise Forbidden()
