"""Forms: form-js JSON → checked form → cleaned values, and → what a page shows.

A submission is checked by a marshmallow schema compiled from the same JSON that the page is rendered
from, so that the two cannot disagree.
"""

from service.forms.model import Form, FormFault, FormRefused
from service.forms.parsing import parse, problems
from service.forms.scope import Sources, no_sources
from service.forms.validation import validate

__all__ = ["Form", "FormFault", "FormRefused", "Sources", "no_sources", "parse", "problems", "validate"]
