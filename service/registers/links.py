"""Whether the registers of a release lead anywhere: to each other, to decisions, to groups."""

from collections.abc import Collection, Iterator, Mapping

from service.registers.declaration import Query, RecusedBy, Register
from service.registers.findings import Finding, wording

#: Among `readGroups`: everybody, signed in or not.
PUBLIC = "public"


def dangling(
    registers: Mapping[str, Register],
    decisions: Collection[str],
    groups: Collection[str],
    language: str = "zh-CN",
) -> list[tuple[str, str, str]]:
    """What a register names that the release does not have, as (register, path, message).

    `decisions` and `groups` are all there are. The decision that explains codes may be missing: a code then speaks
    for itself.
    """
    return [
        (register.id, finding.path, wording(finding, language))
        for register in registers.values()
        for finding in _of(register, registers, decisions, groups)
    ]


def _of(
    register: Register, registers: Mapping[str, Register], decisions: Collection[str], groups: Collection[str]
) -> Iterator[Finding]:
    for field in register.fields.values():
        if field.register is not None and field.register not in registers:
            yield Finding(f"fields.{field.key}", "UNKNOWN_REGISTER", {"register": field.register})
    if register.scope is not None and register.scope.register not in registers:
        yield Finding("scope.register", "UNKNOWN_REGISTER", {"register": register.scope.register})
    if register.recused_by is not None:
        yield from _of_recusal(register.recused_by, registers)
    for group in register.read_groups:
        if group not in groups and group != PUBLIC:
            yield Finding("readGroups", "UNKNOWN_GROUP", {"group": group})
    if register.guard is None:
        return
    if register.guard.decision not in decisions:
        yield Finding("guard.decision", "UNKNOWN_DECISION", {"decision": register.guard.decision})
    for query in register.guard.queries:
        yield from _of_query(query, registers, decisions)


def _of_recusal(said: RecusedBy, registers: Mapping[str, Register]) -> Iterator[Finding]:
    asked = registers.get(said.register)
    if asked is None:
        yield Finding("recusedBy", "UNKNOWN_REGISTER", {"register": said.register})
        return
    singles = {index.name for index in asked.indexes if len(index.fields) == 1}
    for name, known in ((said.index, singles), (said.of, asked.fields)):
        if name not in known:
            yield Finding("recusedBy", "UNKNOWN_NAME", {"name": name, "register": said.register})
    for state in said.states:
        if state not in asked.states:
            yield Finding("recusedBy.states", "UNKNOWN_STATE", {"state": state})


def _of_query(query: Query, registers: Mapping[str, Register], decisions: Collection[str]) -> Iterator[Finding]:
    path = f"guard.queries.{query.name}"
    if query.kind == "decision" and query.decision not in decisions:
        yield Finding(path, "UNKNOWN_DECISION", {"decision": query.decision or ""})
    if query.register is None:
        return
    asked = registers.get(query.register)
    if asked is None:
        yield Finding(path, "UNKNOWN_REGISTER", {"register": query.register})
        return
    keys = {key.name for key in asked.unique} | {index.name for index in asked.indexes}
    for name in query.where or {}:
        if name not in asked.fields and name not in keys and name not in ("id", "state"):
            yield Finding(f"{path}.where", "UNKNOWN_NAME", {"name": name, "register": query.register})
    for name in query.order:
        if name.removeprefix("-") not in (*asked.fields, "id", "state"):
            yield Finding(f"{path}.order", "UNKNOWN_NAME", {"name": name, "register": query.register})
