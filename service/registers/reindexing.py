"""Keys and indexes that a deployment adds or changes are made for the records that are there already."""

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from service import releases
from service.errors import Fault, ModelRefused
from service.models import Record, RecordKey
from service.registers import keys
from service.registers.declaration import Register, parse
from service.releases import Deployed, ReleaseLibrary


def reindex(session: Session, library: ReleaseLibrary) -> None:
    """To be called within the deployment of `library`. Registers whose keys are as before cost nothing.

    Raises `ModelRefused` if records that are there already share a key that is now to be unique.
    """
    faults: list[Fault] = []
    for resource in library.all("register"):
        if resource.release_key == library.key and (changed := _changed(session, resource)):
            faults += _rebuild(session, resource, parse(resource.data), changed)
    if faults:
        raise ModelRefused(faults)


def _changed(session: Session, resource: Deployed) -> set[str]:
    """Names of keys that the version before had not, or had otherwise."""
    earlier = releases.latest(session, "register", resource.resource_id, resource.version - 1)
    if earlier is None:
        return set()
    now, before = keys.rules(parse(resource.data)), keys.rules(parse(earlier.data))
    return {name for name, rule in now.items() if before.get(name) != rule}


def _rebuild(session: Session, resource: Deployed, register: Register, changed: set[str]) -> list[Fault]:
    mine = RecordKey.register == register.id, RecordKey.name.in_(changed)
    session.execute(delete(RecordKey).where(*mine))
    records = session.execute(
        select(Record.key, Record.record_id, Record.state, Record.data)
        .where(Record.register == register.id, Record.voided.is_(False))
        .order_by(Record.key)
    )
    holders: dict[keys.Held, str] = {}
    rows, faults = [], []
    for record in records:
        for held in sorted(keys.held(register, record.key, record.record_id, record.state, record.data)):
            name, value, slot = held
            if name not in changed:
                continue
            if held in holders:
                text = f"{record.record_id} = {holders[held]}: {name} {value}"
                faults.append(Fault(f"{resource.file_name} unique", text, "error:REGISTER_NOT_UNIQUE"))
                continue
            holders[held] = record.record_id
            rows.append({"register": register.id, "name": name, "value": value, "slot": slot, "record_key": record.key})
    if rows:
        session.execute(insert(RecordKey), rows)
    return faults
