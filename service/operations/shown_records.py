"""Records that a task shows: the property `shows` lists `register:variable`.

So somebody reads the case they have to judge, and no other: the right to read hangs on the task, not on a group. A
variable holds the id of a record or a list of ids; `variable.part` leads into an object.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.access import User, names_in
from service.models import ProcessInstance, UserTask
from service.operations import duties, records, variables
from service.registers import Register, RegisterFault, reading
from service.registers.declaration import Field
from service.registers.reading import Row
from service.releases import library
from service.values import Value, Variables


@dataclass(frozen=True, slots=True)
class Shown:
    """A record at a task, with the fields that the reader may see."""

    register: Register
    row: Row
    fields: Sequence[Field]

    @property
    def data(self) -> Variables:
        """The values of those fields; an empty one is left out."""
        return {field.key: self.row.data[field.key] for field in self.fields if field.key in self.row.data}


def of_task(session: Session, user: User, task: UserTask) -> list[Shown]:
    """What the task shows to this user: nothing before what comes first is done, or of what they are recused from.

    Personal fields are for who may read the register anyway.
    """
    wanted = names_in(task.properties.get("shows"))
    if not wanted or not (user.reads_all or duties.knows(session, task, user)):
        return []
    release = library(session, session.get_one(ProcessInstance, task.instance_key).release_key)
    seen = variables.visible_to_task(session, task)
    found: list[Shown] = []
    for each in wanted:
        register_id, _, path = each.partition(":")
        try:
            register = reading.declared(release, register_id)
        except RegisterFault:
            continue  # the lint refuses it; a release of before is shown without
        keep = records.keeper(session, user, register)
        reads = records.may_read(user, register)
        fields = [field for field in register.fields.values() if reads or not field.personal]
        for id in dict.fromkeys(_ids(seen, path.split("."))):
            row = reading.find(session, register.id, id)
            if row is not None and not row.voided and (keep is None or keep(row)):
                found.append(Shown(register, row, fields))
    return found


def _ids(value: Value, path: Sequence[str]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _ids(item, path)
    elif path and isinstance(value, Mapping):
        yield from _ids(value.get(path[0]), path[1:])
    elif not path and isinstance(value, str):
        yield value
