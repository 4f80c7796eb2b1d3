"""Records that a procedure brings along: standards in force, winners of earlier years, a pool of people.

A tree holds them in `processes/registers/seed/*.json`, each `{"register", "records": [{"id", "state", …fields}]}`.
A record that is there already stays as it is. They are written like any other: types, keys and the guard hold for them.
"""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from service.operations import moments
from service.registers import reading, writing
from service.registers.refusals import Authority
from service.releases import newest


def seed(session: Session, root: Path, *, now: datetime) -> int:
    """Write the records of the tree at `root` that are not there yet; returns how many. The caller commits.

    Raises `Refused` or `Invalid` where a record does not fit its register.
    """
    library = newest(session)
    if library is None:
        return 0
    authority = Authority(library, moments.calendar(session), now)
    written = 0
    for path in sorted((root / "processes" / "registers" / "seed").glob("*.json")):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        for record in content["records"]:
            fields = {name: value for name, value in record.items() if name not in ("id", "state")}
            if reading.find(session, content["register"], record["id"]) is None:
                writing.create(
                    session,
                    authority,
                    content["register"],
                    fields,
                    state=record.get("state"),
                    record_id=record["id"],
                    reason=f"seed: {path.name}",
                )
                written += 1
    return written
