"""Forms: form-js JSON → checked form → cleaned values, and → what a page shows.

A submission is checked by a marshmallow schema compiled from the same JSON that the page is rendered
from, so that the two cannot disagree. A page without JavaScript goes `from_html` → (a button for rows:
`apply` → `context` again) or `prune` → `validate` → on faults `context` again with them.
"""

from service.forms.editing import apply, cleaned, prune
from service.forms.model import Form, FormFault, FormRefused
from service.forms.parsing import parse, problems
from service.forms.posted import Action, Decoded, from_html
from service.forms.rendering import context
from service.forms.scope import Documents, Sources, no_sources
from service.forms.shown import RenderedForm
from service.forms.validation import validate

__all__ = [
    "Action",
    "Decoded",
    "Documents",
    "Form",
    "FormFault",
    "FormRefused",
    "RenderedForm",
    "Sources",
    "apply",
    "cleaned",
    "context",
    "from_html",
    "no_sources",
    "parse",
    "problems",
    "prune",
    "validate",
]
