"""Everything the pages say exists in Chinese; English is the key, so it is complete by itself."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import service
from service.errors import ServiceError

SERVICE = Path(service.__file__).parent
MADE = ("islands", "static", "__pycache__", "migrations")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
#: `BadArgument("…", name=value)` brings a template of its own.
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "BadArgument": None}
#: What no sentence of ours may hold untranslated: `%(reason)s` alone is somebody else's sentence.
PASSED_ON = {"%(reason)s"}


def refusals(base: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    yield base
    for kind in base.__subclasses__():
        yield from refusals(kind)


def messages() -> dict[str, str]:
    """Every message and where it stands."""
    found: dict[str, str] = {}
    for folder in sorted(path for path in SERVICE.iterdir() if path.is_dir() and path.name not in MADE):
        for name, line, message, _, _ in extract_from_dir(
            folder, METHODS if folder.name != "templates" else [("**.html", "jinja2")], keywords=KEYWORDS
        ):
            texts = message if isinstance(message, tuple) else (message,)
            found.setdefault(texts[0], f"{folder.name}/{name}:{line}")
    for module in pkgutil.walk_packages(service.__path__, "service."):
        if "migrations" not in module.name and not module.name.endswith("gunicorn_conf"):
            importlib.import_module(module.name)
    for kind in refusals():
        if kind.__module__.startswith("service."):
            found.setdefault(kind.message, f"{kind.__module__}.{kind.__name__}")
    return {text: place for text, place in found.items() if text not in PASSED_ON}


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with (SERVICE / "translations" / "zh.po").open("rb") as file:
        return read_po(file, locale="zh")


def test_every_message_has_its_chinese(chinese):
    missing = {text: place for text, place in messages().items() if not (m := chinese.get(text)) or not m.string}

    assert missing == {}


def test_a_translation_keeps_the_fields_of_its_message(chinese):
    wrong = []
    for message in chinese:
        keys = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            if message.id and set(re.findall(r"%\(\w+\)s", keys[0])) != set(re.findall(r"%\(\w+\)s", text)):
                wrong.append(keys[0])

    assert wrong == []


def test_no_page_holds_text_that_is_not_translatable():
    """Words between tags that are in no `_()`: what one forgets first."""
    naked = []
    for path in sorted((SERVICE / "templates").glob("*.html")):
        text = re.sub(
            r"\{% block (?:width|body_class) %\}.*?\{% endblock %\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
            r"|<script.*?</script>|<!.*?>",
            "",
            path.read_text("utf-8"),
            flags=re.S,
        )
        between = re.sub(r"<[^>]*>", "\n", text)
        naked += [f"{path.name}: {line.strip()}" for line in between.splitlines() if re.search(r"[A-Za-z]{3}", line)]

    assert [line for line in naked if not line.endswith(": English")] == []
