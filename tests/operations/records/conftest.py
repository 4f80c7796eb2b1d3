"""The foreign registers, for the tests of this folder."""

from tests.support.records import authority, session, store

__all__ = ["authority", "session", "store"]
