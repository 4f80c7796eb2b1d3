"""`urn.open` and `urn.close`: a secret ballot's box, from a diagram."""

from service import urns
from service.connectors.call import ConnectorCall, ConnectorFault, texts
from service.values import Value, Variables


def open_urn(call: ConnectorCall) -> Variables:
    """Open a box: `electorate` (usernames) may answer the questions of `choices`, each a list of choices."""
    questions = {question: texts(choices, question) for question, choices in call.mapping("choices").items()}
    try:
        urn = urns.open(call.session, call.text("name"), call.instance_key, call.texts("electorate"), questions)
    except urns.UrnFault as fault:
        raise ConnectorFault(str(fault)) from fault
    return {"urn": {"name": urn.name, "electorate": _names(urn.electorate)}}


def close_urn(call: ConnectorCall) -> Variables:
    """Close a box and count it: `counts` by question and choice, and who was asked and who took part."""
    try:
        urn = urns.close(call.session, call.text("name"), now=call.now)
    except urns.UrnFault as fault:
        raise ConnectorFault(str(fault)) from fault
    return {"counts": urn.counts, "voted": _names(urn.voted), "electorate": _names(urn.electorate)}


def _names(usernames: list[str]) -> list[Value]:
    return list(usernames)
