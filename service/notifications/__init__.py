"""Telling people: a row for each person and thing, written with what caused it. Mails: operations.mails."""

from service.notifications.telling import DEFAULT, News, people_of, tell, when_mailed

__all__ = ["DEFAULT", "News", "people_of", "tell", "when_mailed"]
