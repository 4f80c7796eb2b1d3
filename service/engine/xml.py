"""The one way by which XML comes in: a parser that does nothing but parse.

A diagram is uploaded by a person, so everything that XML can do beside carrying elements is refused:
document types (and with them entities, internal or external), processing instructions, XInclude, other
encodings than UTF-8 (a parser that follows the declaration is how a DOCTYPE slips past a byte scan), and
sizes that no drawing has. Nothing is read from disk or network at any time. Comments are dropped from the
tree, so that nobody downstream has to remember that they are children too.

The tree is for reading; what is stored and handed back is always the author's bytes.
"""

import re
from typing import Final, cast

from lxml import etree

MAX_BYTES: Final = 5_000_000
#: Counted as "<" before parsing: each element costs memory a hundred times its text.
MAX_TAGS: Final = 100_000
MAX_TAG_BYTES: Final = 200_000
MAX_ATTRIBUTES: Final = 64
MAX_ATTRIBUTE_CHARS: Final = 65_536
MAX_NAMESPACES: Final = 5_000
#: The parser's own bound without `huge_tree`; below Python's recursion limit.
MAX_DEPTH: Final = 256
#: Names are compared, indexed and shown; a longer one is an attack or a mistake.
MAX_NAME_CHARS: Final = 256

_XINCLUDE = ("{http://www.w3.org/2001/XInclude}", "{http://www.w3.org/2003/XInclude}")

_DECLARATION = re.compile(rb"<\?xml\s([^>]{0,200})\?>")
_BLANKS = re.compile(rb"\s*")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
_VERSION = re.compile(rb"version\s*=\s*[\"']([^\"']*)[\"']")
_BOM = b"\xef\xbb\xbf"


class XmlRefused(Exception):
    """What was handed in is no XML that the service takes.

    `rule` is a stable code with a text in both languages (`lint_rules.texts`), `line` the 1-based line
    where known, `reason` English, `detail` the parser's own words where there are any.
    """

    def __init__(self, rule: str, reason: str, line: int | None = None, detail: str = "") -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.rule, self.reason, self.line, self.detail = rule, reason, line, detail


class _NothingElse(etree.Resolver):
    """Whatever the parser would like to read beside the bytes it was given, it is told no."""

    def resolve(self, system_url: str, public_id: str, *_: object) -> None:
        raise XmlRefused("XML_DOCTYPE", "the file refers to another file")


def parse(data: bytes) -> etree._Element:
    """The root element of `data`, without comments. Raises `XmlRefused`; opens no file and no connection."""
    text = _as_utf8(data)
    _refuse_bulk(text)
    _refuse_prolog(text)
    parser = etree.XMLParser(
        encoding="utf-8",  # overrides whatever the declaration says; it was checked above
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=False,  # seen, then refused
        strip_cdata=True,
    )
    parser.resolvers.add(_NothingElse())
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax(error) from None
    _refuse_rest(root)
    return root


def _as_utf8(data: bytes) -> bytes:
    """The bytes after the mark, known to be UTF-8 and of bearable size."""
    if len(data) > MAX_BYTES:
        raise XmlRefused("XML_TOO_LARGE", f"the file is larger than {MAX_BYTES // 1_000_000} MB")
    text = data.removeprefix(_BOM)
    if not text.strip():
        raise XmlRefused("XML_BROKEN", "the file is empty", 1)
    if b"\x00" in text:
        raise XmlRefused("XML_ENCODING", "the file is not UTF-8", 1)
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise XmlRefused("XML_ENCODING", "the file is not UTF-8", text.count(b"\n", 0, error.start) + 1) from None
    declaration = _DECLARATION.match(text)
    if declaration:
        _check_declaration(declaration.group(1))
    return text


def _check_declaration(declaration: bytes) -> None:
    encoding, version = _ENCODING.search(declaration), _VERSION.search(declaration)
    if encoding and encoding.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise XmlRefused("XML_ENCODING", "the file declares an encoding other than UTF-8", 1)
    if version and version.group(1) != b"1.0":
        raise XmlRefused("XML_BROKEN", "the file declares a version of XML other than 1.0", 1)


def _refuse_prolog(text: bytes) -> None:
    """No document type and no instruction before the root.

    Before parsing, because the parser (lxml 6.1 with every switch off) opens the file that a document type
    names before anybody can look at `docinfo`. The bytes are UTF-8 by now, so that a scan sees what the parser sees.
    """
    place = declaration.end() if (declaration := _DECLARATION.match(text)) else 0
    while True:
        blanks = _BLANKS.match(text, place)
        place = blanks.end() if blanks else place
        if text.startswith(b"<!--", place):
            end = text.find(b"-->", place + 4)
            if end < 0:
                raise XmlRefused("XML_BROKEN", "a comment has no end", text.count(b"\n", 0, place) + 1)
            place = end + 3
            continue
        if text.startswith(b"<!", place):
            raise XmlRefused("XML_DOCTYPE", "the file has a document type", text.count(b"\n", 0, place) + 1)
        if text.startswith(b"<?", place):
            line = text.count(b"\n", 0, place) + 1
            raise XmlRefused("XML_INSTRUCTION", "the file has a processing instruction", line)
        return


def _refuse_bulk(text: bytes) -> None:
    """What would cost much more to parse than to count."""
    if text.count(b"<") > MAX_TAGS or text.count(b"xmlns") > MAX_NAMESPACES:
        raise XmlRefused("XML_TOO_LARGE", f"the file has more than {MAX_TAGS} tags or {MAX_NAMESPACES} namespaces")
    for chunk in text.split(b"<"):
        if len(chunk) > MAX_TAG_BYTES and b">" not in chunk[:MAX_TAG_BYTES]:
            raise XmlRefused("XML_TOO_LARGE", f"a tag is longer than {MAX_TAG_BYTES} bytes")
        if len(chunk) > 5 * MAX_ATTRIBUTES and chunk.count(b'="') + chunk.count(b"='") > 10 * MAX_ATTRIBUTES:
            raise XmlRefused("XML_TOO_LARGE", f"an element has more than {MAX_ATTRIBUTES} attributes")


def _syntax(error: etree.XMLSyntaxError) -> XmlRefused:
    line, detail = error.lineno, str(error.msg)
    if "depth" in detail.lower():
        return XmlRefused("XML_TOO_DEEP", f"elements are nested deeper than {MAX_DEPTH}", line, detail)
    return XmlRefused("XML_BROKEN", f"the file is no well-formed XML: {detail}", line, detail)


def _refuse_rest(root: etree._Element) -> None:
    """What shows only in the tree. `docinfo` is asked again: the scan above is ours, and fallible."""
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None or docinfo.externalDTD is not None:
        raise XmlRefused("XML_DOCTYPE", "the file has a document type", 1)
    for node in (*root.iter(), *root.itersiblings()):
        if isinstance(node, etree._ProcessingInstruction):
            raise XmlRefused("XML_INSTRUCTION", "the file has a processing instruction", line_of(node))
        if isinstance(node, etree._Entity):
            raise XmlRefused("XML_DOCTYPE", "the file refers to an entity", line_of(node))
        _refuse_element(node)


def line_of(node: etree._Element) -> int | None:
    """The 1-based line on which an element begins in the author's file."""
    return cast("int | None", node.sourceline)


def _refuse_element(element: etree._Element) -> None:
    tag, line = str(element.tag), line_of(element)
    if tag.startswith(_XINCLUDE):
        raise XmlRefused("XML_INCLUDE", "the file includes another file", line)
    if len(tag) > MAX_NAME_CHARS:
        raise XmlRefused("XML_TOO_LARGE", f"a name is longer than {MAX_NAME_CHARS} characters", line)
    attributes = element.attrib
    if len(attributes) > MAX_ATTRIBUTES:
        raise XmlRefused("XML_TOO_LARGE", f"an element has more than {MAX_ATTRIBUTES} attributes", line)
    for name, value in attributes.items():
        if len(name) > MAX_NAME_CHARS or len(value) > MAX_ATTRIBUTE_CHARS:
            raise XmlRefused("XML_TOO_LARGE", f"an attribute is longer than {MAX_ATTRIBUTE_CHARS} characters", line)
