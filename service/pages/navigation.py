"""What stands at the top of every page: where one can go, as far as it concerns this user."""

from dataclasses import dataclass

from flask_babel import gettext

from service.access import User


@dataclass(frozen=True, slots=True)
class Entry:
    """A way to a page; `blueprint` is the one whose pages it leads to, to mark where one is."""

    blueprint: str
    address: str
    title: str


def main(user: User | None) -> list[Entry]:
    """In sight on a wide screen. More than five do not fit beside search and name."""
    if user is None:
        return [Entry("pages_public_views", "/public", gettext("Public information"))]
    return [
        Entry("pages_inbox", "/", gettext("Tasks")),
        Entry("pages_start", "/start", gettext("Start")),
        Entry("pages_instances", "/instances", gettext("Cases")),
    ]


def more(user: User | None) -> list[Entry]:
    """What fewer need, or need less often, behind “More”."""
    entries: list[Entry] = []
    if user is not None:
        entries.append(Entry("pages_views", "/views", gettext("Overviews")))
        entries.append(Entry("pages_registers", "/registers", gettext("Registers")))
    if user is not None and (user.deploys or user.reads_all):
        entries.append(Entry("pages_editor", "/processes", gettext("Processes")))
    if user is not None and user.reads_all:
        entries.append(Entry("pages_incidents", "/incidents", gettext("Incidents")))
        entries.append(Entry("pages_notifications", "/admin/mail", gettext("Mails")))
    if user is not None and (user.reads_all or user.keeps_accounts):
        entries.append(Entry("pages_admin", "/admin", gettext("Administration")))
    return entries


def personal(user: User | None) -> list[Entry]:
    """The user's own affairs, behind their name."""
    if user is None:
        return []
    return [
        Entry("pages_profile", "/profile", gettext("My profile")),
        Entry("pages_substitutes", "/substitutes", gettext("Substitutes")),
    ]
