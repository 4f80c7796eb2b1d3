"""Telling people: a row for each person and thing, written with what caused it; and what mails are made of.

When they go out: operations.mails.
"""

from service.notifications.composing import Line, Parcel, composed, words
from service.notifications.delivery import deliver
from service.notifications.telling import DEFAULT, News, invite, people_of, recused, tell, tell_of_task, when_mailed

__all__ = [
    "DEFAULT",
    "Line",
    "News",
    "Parcel",
    "composed",
    "deliver",
    "invite",
    "people_of",
    "recused",
    "tell",
    "tell_of_task",
    "when_mailed",
    "words",
]
