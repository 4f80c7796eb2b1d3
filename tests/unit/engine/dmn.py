"""Decision files in a few words."""

from hashlib import sha256
from xml.sax.saxutils import escape

from service.engine.types import DecisionSource

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
OTHERWISE = (
    '<extensionElements><z:properties xmlns:z="http://camunda.org/schema/zeebe/1.0">'
    '<z:property name="otherwise" value="last"/></z:properties></extensionElements>'
)


def model(*parts: str, namespace: str = NAMESPACE, attributes: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{namespace}" id="d" name="d" namespace="here" '
        f"{attributes}>{''.join(parts)}</definitions>"
    ).encode()


def source(decision_id: str, *parts: str) -> DecisionSource:
    xml = model(*parts)
    return DecisionSource(decision_id, xml, sha256(xml).hexdigest())


def decision(
    decision_id: str, body: str, requires: str = "", type_: str = "", inputs: str = "", knows: str = ""
) -> str:
    """A decision; `requires`, `inputs` and `knows` are ids of decisions, input data and knowledge models."""
    typed = f'<variable name="{decision_id}" typeRef="{type_}"/>' if type_ else f'<variable name="{decision_id}"/>'
    needs = "".join(
        f'<{kind}Requirement><required{what} href="#{each}"/></{kind}Requirement>'
        for kind, what, named in (
            ("information", "Decision", requires),
            ("information", "Input", inputs),
            ("knowledge", "Knowledge", knows),
        )
        for each in named.split()
    )
    return f'<decision id="{decision_id}" name="{decision_id.title()}">{typed}{needs}{body}</decision>'


def literal(text: str, type_: str = "") -> str:
    typed = f' typeRef="{type_}"' if type_ else ""
    return f"<literalExpression{typed}><text>{escape(text)}</text></literalExpression>"


def input_data(name: str, type_: str = "") -> str:
    """Input data with the id `i_name`."""
    typed = f' typeRef="{type_}"' if type_ else ""
    return f'<inputData id="i_{name}" name="{name}"><variable name="{name}"{typed}/></inputData>'


def knowledge(name: str, parameters: str, body: str) -> str:
    named = "".join(f'<formalParameter name="{each}"/>' for each in parameters.split())
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/>'
        f"<encapsulatedLogic>{named}{body}</encapsulatedLogic></businessKnowledgeModel>"
    )


def table(
    hit: str,
    rules: list[tuple[str, ...]],
    inputs: tuple[str, ...] = ("score",),
    outputs: tuple[str, ...] = ("grade",),
    attributes: str = "",
    values: str = "",
    default: str = "",
    types: str = "",
    allowed: str = "",
    otherwise: bool = False,
    notes: tuple[str, ...] = (),
) -> str:
    """A decision table; a rule is its input cells, then its output cells. `types` are those of the inputs."""
    kinds = (types.split() + [""] * len(inputs))[: len(inputs)]
    limits = f"<inputValues><text>{escape(allowed)}</text></inputValues>" if allowed else ""
    columns = "".join(
        f'<input id="in_{name}" label="{name}"><inputExpression'
        + (f' typeRef="{kind}"' if kind else "")
        + f"><text>{escape(name)}</text></inputExpression>{limits}</input>"
        for name, kind in zip(inputs, kinds, strict=True)
    )
    listed = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    fallback = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else ""
    results = "".join(f'<output name="{name}">{listed}{fallback}</output>' for name in outputs)
    rows = "".join(
        f'<rule id="r{n}">'
        + (f"<description>{notes[n - 1]}</description>" if notes else "")
        + "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in row[: len(inputs)])
        + "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in row[len(inputs) :])
        + "</rule>"
        for n, row in enumerate(rules, 1)
    )
    rest = OTHERWISE if otherwise else ""
    return f'<decisionTable id="t" hitPolicy="{hit}" {attributes}>{rest}{columns}{results}{rows}</decisionTable>'
