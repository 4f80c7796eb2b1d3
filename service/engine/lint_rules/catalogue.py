"""What the lint may ask about the rest of a deployment; whoever deploys hands it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from service.engine.feel import FeelError


@dataclass(frozen=True, slots=True)
class FormInfo:
    """A form: its top-level keys with their storage class (`variable`, `record`, `secret`)."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DecisionInfo:
    """A decision: the variables that it and what it requires read from the process."""

    reads: frozenset[str]


class Catalogue(Protocol):
    """Everything that a diagram may name: what is in the same request, and what stands already."""

    def form(self, form_id: str) -> FormInfo | None:
        """The form, or None if there is none of this id."""

    def decision(self, decision_id: str) -> DecisionInfo | None:
        """The decision, or None if there is none of this id. May raise `FeelError` if it cannot be read."""

    def process(self, process_id: str) -> bool:
        """Whether there is such an executable process."""

    def can_be_called(self, process_id: str) -> bool:
        """Whether that process has a plain start event, the only kind at which a call begins."""

    def group(self, name: str) -> bool:
        """Whether there is such a group, and it may be granted."""

    def register(self, name: str) -> bool:
        """Whether a register has this id or title."""

    def awaits(self, kind: str, name: str) -> bool:
        """Whether another diagram of the release waits for this message or signal (`kind`)."""

    def job_type(self, type: str) -> bool | None:
        """True for a connector of the house, False for one that is switched off, None for work of outside workers."""


def decision_of(catalogue: Catalogue, decision_id: str) -> DecisionInfo | None:
    """The decision; of one that cannot be read, that it exists: what is wrong is said about its own file."""
    try:
        return catalogue.decision(decision_id)
    except FeelError:
        return DecisionInfo(frozenset())
