"""The one tree over all events: which event is which leaf, the tree's hashes, its signed heads."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, UtcDateTime


class TreeLeaf(Base):
    """One row per event, made by a trigger of the database with the event itself.

    A step pays no statement for it, and no event can be left out by code that forgets it. The sequencer
    (service/operations/sequencing.py) gives the position; nothing changes it afterwards.
    """

    __tablename__ = "tree_leaves"

    #: The order of insertion. Within an instance that is the order of its events, since its row is locked.
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )  # SQLite counts by itself only in a column of exactly this type
    event_key: Mapped[int] = mapped_column(BigInteger, unique=True)
    #: 0, 1, 2 … in the tree; None until the event is under a signed head.
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class TreeTile(Base):
    """Up to 256 neighbouring hashes of the tree's level `8 * level`: `tile` counts them off (history/tree.py).

    Computed from the leaves, and can be computed anew.
    """

    __tablename__ = "tree_tiles"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tile: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class TreeHead(Base):
    """A signed head: the tree as it was with `size` leaves."""

    __tablename__ = "tree_heads"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Hexadecimal.
    root: Mapped[str]
    #: By the machine's clock, also where the clock of the procedures is pinned.
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: What was signed, with the signature, as it is handed out (history/heads.py).
    note: Mapped[str]

    @property
    def line(self) -> str:
        """For minutes and receipts: what somebody outside must have kept to find a history that was written anew."""
        return f"{self.size} {self.signed_at:%Y-%m-%dT%H:%M:%SZ} {self.root}"


#: Made by the migration.
TREE_SQLITE_TRIGGERS = [
    "CREATE TRIGGER events_become_leaves AFTER INSERT ON events "
    "BEGIN INSERT INTO tree_leaves (event_key) VALUES (NEW.key); END",
    "CREATE TRIGGER tree_leaves_refuse_update BEFORE UPDATE ON tree_leaves "
    "WHEN OLD.position IS NOT NULL OR NEW.id <> OLD.id OR NEW.event_key <> OLD.event_key "
    "BEGIN SELECT RAISE(ABORT, 'history is never changed'); END",
    *(
        f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'history is never changed'); END"
        for table, verb in (("tree_leaves", "DELETE"), ("tree_heads", "UPDATE"), ("tree_heads", "DELETE"))
    ),
]
TREE_POSTGRESQL_TRIGGERS = [
    "CREATE OR REPLACE FUNCTION become_leaf() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN INSERT INTO tree_leaves (event_key) VALUES (NEW.key); RETURN NULL; END $$",
    "CREATE TRIGGER events_become_leaves AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION become_leaf()",
    "CREATE TRIGGER tree_leaves_refuse_update BEFORE UPDATE ON tree_leaves FOR EACH ROW "
    "WHEN (OLD.position IS NOT NULL OR NEW.id <> OLD.id OR NEW.event_key <> OLD.event_key) "
    "EXECUTE FUNCTION refuse_history_change()",
    "CREATE TRIGGER tree_leaves_refuse_delete BEFORE DELETE OR TRUNCATE ON tree_leaves "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()",
    "CREATE TRIGGER tree_heads_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON tree_heads "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()",
]
