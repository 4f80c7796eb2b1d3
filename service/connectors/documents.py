"""`document`: a letter, a notice, a certificate from a template of the release, kept as a document of the case."""

import secrets
from decimal import Decimal

from service.connectors.call import ConnectorCall, ConnectorFault
from service.documents import declaration, reading, rendering, storage
from service.documents.reading import DocumentFault
from service.values import Value, Variables

#: Inputs that are the connector's own; all others are the template's.
_OWN = frozenset(("template", "readers"))


def issue(call: ConnectorCall) -> Variables:
    """The document's reference, and as `issued` what its row says.

    `readers` are the people and groups (`org:<key>` among them) to whom it is addressed.
    """
    name = call.text("template")
    found = call.library.get("document", name)
    if found is None:
        raise ConnectorFault(f"发布中没有文书模板“{name}”。")
    document = declaration.parse(found.data)
    inputs: dict[str, Value] = {key: value for key, value in call.wait.headers.items() if key not in _OWN}
    inputs |= {key: value for key, value in call.wait.variables.items() if key not in _OWN}
    readers: list[Value] = list(dict.fromkeys(call.texts("readers")))
    try:
        told = reading.told(call.session, call.library, document, inputs, call.moment)
        call.session.close()  # what follows takes its time and needs no database
        made = rendering.render(document, rendering.files_of(call.library, document), told.data, call.moment)
    except DocumentFault as fault:
        raise ConnectorFault(str(fault)) from fault
    reference: Variables = {
        "documentId": secrets.token_hex(16),
        "fileName": storage.clean(made.file_name),
        "size": Decimal(len(made.data)),
        "hash": storage.keep(made.data),
    }
    issued: Variables = reference | {"template": name, "readers": readers}
    return {"document": reference, "issued": issued, "evidence": told.evidence}
