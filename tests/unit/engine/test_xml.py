"""The parser for uploaded XML: what it takes, and that it refuses the rest fast and without reading anything."""

import ctypes
import os
import socket
import time

import pytest

from service.engine.xml import MAX_BYTES, XmlRefused, parse

XML = '<?xml version="1.0" encoding="{}"?>'
DOCTYPE = '<!DOCTYPE a [<!ENTITY x SYSTEM "{file}">]><a>&x;</a>'


def laughs(use: str) -> str:
    entities = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    return f"<!DOCTYPE a [<!ENTITY l0 'lol'>{entities}]>{use}"


ATTACKS = {
    "external entity": (DOCTYPE, "XML_DOCTYPE"),
    "external entity behind a byte order mark": ("\ufeff" + DOCTYPE, "XML_DOCTYPE"),
    "external entity over the network": (DOCTYPE.replace("{file}", "{url}"), "XML_DOCTYPE"),
    "external entity in an attribute": (DOCTYPE.replace("<a>&x;</a>", '<a b="&x;"/>'), "XML_DOCTYPE"),
    "public identifier": ('<!DOCTYPE a PUBLIC "-//X" "{file}"><a/>', "XML_DOCTYPE"),
    "external subset": ('<!DOCTYPE a SYSTEM "{file}"><a/>', "XML_DOCTYPE"),
    "parameter entity": ('<!DOCTYPE a [<!ENTITY % p SYSTEM "{url}"> %p;]><a/>', "XML_DOCTYPE"),
    "parameter entity that smuggles": (
        "<!DOCTYPE a [<!ENTITY % f SYSTEM '{file}'><!ENTITY % e \"<!ENTITY x SYSTEM '{url}?%f;'>\">%e;]><a/>",
        "XML_DOCTYPE",
    ),
    "declared but unused entity": ('<!DOCTYPE a [<!ENTITY x SYSTEM "{file}">]><a/>', "XML_DOCTYPE"),
    "plain document type": ("<!DOCTYPE a><a/>", "XML_DOCTYPE"),
    "default attributes": ("<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>", "XML_DOCTYPE"),
    "document type behind comments": ('<!-- x -->\n<!-- y --><!DOCTYPE a SYSTEM "{file}"><a/>', "XML_DOCTYPE"),
    "document type in UTF-16": ((XML.format("UTF-16") + DOCTYPE).encode("utf-16"), "XML_ENCODING"),
    "document type in UTF-16 without a mark": (DOCTYPE.encode("utf-16-be"), "XML_ENCODING"),
    "document type in UTF-32": (DOCTYPE.encode("utf-32"), "XML_ENCODING"),
    "document type in UTF-7": (XML.format("UTF-7") + "+ADwAIQ-DOCTYPE a+AD4-<a/>", "XML_ENCODING"),
    "document type in EBCDIC": ((XML.format("cp037") + DOCTYPE).encode("cp037"), "XML_ENCODING"),
    "GB18030 declared": (XML.format("GB18030") + "<a/>", "XML_ENCODING"),
    "GBK bytes": ("<a>评审</a>".encode("gbk"), "XML_ENCODING"),
    "billion laughs": (laughs("<a>&l9;</a>"), "XML_DOCTYPE"),
    "billion laughs in an attribute": (laughs("<a b='&l9;'/>"), "XML_DOCTYPE"),
    "quadratic blow-up": (f"<!DOCTYPE a [<!ENTITY x '{'x' * 50_000}'>]><a>{'&x;' * 50_000}</a>", "XML_DOCTYPE"),
    "unknown entity": ("<a>&x;</a>", "XML_BROKEN"),
    "inclusion of a text": (
        '<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{file}" parse="text"/></a>', "XML_INCLUDE",
    ),
    "inclusion under the default namespace": (
        '<a><include xmlns="http://www.w3.org/2001/XInclude" href="{url}"/></a>', "XML_INCLUDE",
    ),
    "style sheet": ('<?xml-stylesheet type="text/xsl" href="{url}"?><a/>', "XML_INSTRUCTION"),
    "instruction inside": ("<a><?php system('id') ?></a>", "XML_INSTRUCTION"),
    "instruction behind the end": ("<a/><?x y?>", "XML_INSTRUCTION"),
    "nested 300 deep": ("<a>" * 300 + "</a>" * 300, "XML_TOO_DEEP"),
    "nested 60,000 deep": ("<a>" * 60_000, "XML_TOO_DEEP"),
    "a million elements": (f"<r>{'<a/>' * 1_000_000}</r>", "XML_TOO_LARGE"),
    "six megabytes": (f"<r>{'x' * 6_000_000}</r>", "XML_TOO_LARGE"),
    "huge attribute": (f'<r a="{"x" * 4_900_000}"/>', "XML_TOO_LARGE"),
    "large attribute": (f'<r a="{"x" * 100_000}"/>', "XML_TOO_LARGE"),
    "400,000 attributes": ("<r " + " ".join(f"a{n}=''" for n in range(400_000)) + "/>", "XML_TOO_LARGE"),
    "70 attributes": ("<r " + " ".join(f"a{n}=''" for n in range(70)) + "/>", "XML_TOO_LARGE"),
    "10,000 namespaces": ("<r " + " ".join(f"xmlns:n{n}='u{n}'" for n in range(10_000)) + "/>", "XML_TOO_LARGE"),
    "huge name": (f"<{'x' * 4_900_000}/>", "XML_TOO_LARGE"),
    "long name": (f"<{'x' * 300}/>", "XML_TOO_LARGE"),
    "undeclared prefix": ("<bpmn:definitions/>", "XML_BROKEN"),
    "undeclared prefix of an attribute": ("<a zeebe:b=''/>", "XML_BROKEN"),
    "the same attribute under two prefixes": ("<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>", "XML_BROKEN"),
    "prefix xml bound anew": ("<a xmlns:xml='http://example.org/'/>", "XML_BROKEN"),
    "control character": ("<a>&#1;</a>", "XML_BROKEN"),
    "forged number": ("<a>\u00011</a>", "XML_BROKEN"),
    "XML 1.1": ('<?xml version="1.1"?><a/>', "XML_BROKEN"),
    "two roots": ("<a/><b/>", "XML_BROKEN"),
    "comment without an end": ("<!-- <a/>", "XML_BROKEN"),
    "JSON": ('{"type": "default"}', "XML_BROKEN"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "XML_ENCODING"),
    "an archive": (b"PK\x03\x04" + b"A" * 50, "XML_BROKEN"),
    "blanks before a document type": (b" " * 4_900_000 + b"<!DOCTYPE a><a/>", "XML_TOO_LARGE"),
    "a million comments": (b"<!---->" * 700_000, "XML_TOO_LARGE"),
    "nothing": (b"", "XML_BROKEN"),
    "blanks": (b" \n ", "XML_BROKEN"),
}  # fmt: skip


class Trap:
    """A file and a server that notice being touched."""

    IN_OPEN, IN_NONBLOCK = 0x20, 0o4000

    def __init__(self, path) -> None:
        self.path = path
        path.write_text("SECRET")
        libc = ctypes.CDLL(None, use_errno=True)
        self._watch = libc.inotify_init1(self.IN_NONBLOCK)
        assert libc.inotify_add_watch(self._watch, os.fsencode(path), self.IN_OPEN) >= 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/x"

    @property
    def opened(self) -> bool:
        try:
            return bool(os.read(self._watch, 4096))
        except BlockingIOError:
            return False

    @property
    def called(self) -> bool:
        try:
            self._server.accept()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._watch)
        self._server.close()


@pytest.fixture
def trap(tmp_path):
    trap = Trap(tmp_path / "secret.txt")
    yield trap
    trap.close()


def test_the_trap_notices(trap):
    trap.path.read_text()
    with socket.create_connection(("127.0.0.1", int(trap.url.split(":")[2].split("/")[0]))):
        assert trap.called
    assert trap.opened


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_in_50_ms_and_nothing_is_read(name, trap):
    attack, rule = ATTACKS[name]
    if isinstance(attack, str):
        attack = attack.replace("{file}", trap.path.as_uri()).replace("{url}", trap.url).encode()

    # The clock of this thread: the machine's other work is not the parser's.
    started = time.thread_time()
    with pytest.raises(XmlRefused) as caught:
        parse(attack)
    seconds = time.thread_time() - started

    assert caught.value.rule == rule
    assert "SECRET" not in f"{caught.value.reason}{caught.value.detail}"
    assert seconds < 0.05
    assert not trap.opened
    assert not trap.called


def test_the_line_of_the_mistake_is_named():
    with pytest.raises(XmlRefused) as caught:
        parse(b"<a>\n\n  <b>\n</a>")
    assert caught.value.line == 4


def test_comments_leave_no_trace_in_the_tree():
    root = parse(b"<a>x<!-- <b/> -->y<c/><!-- d --></a>")
    assert (root.text, [child.tag for child in root]) == ("xy", ["c"])


def test_a_comment_or_text_may_speak_of_document_types():
    root = parse(b"<!-- <!DOCTYPE x> --><a><![CDATA[<!DOCTYPE x>]]></a>")
    assert root.text == "<!DOCTYPE x>"


@pytest.mark.parametrize(
    "head", ["", "\ufeff", XML.format("UTF-8"), XML.format("utf-8") + "\n\n", XML.format("us-ascii")]
)
def test_utf_8_is_taken_with_and_without_a_declaration(head):
    assert parse(f"{head}<a>评审</a>".encode()).text == "评审"


def test_an_ordinary_diagram_of_a_thousand_elements_is_taken():
    tasks = "".join(f'<task id="t{n}" name="审查 {n}"/>' for n in range(1000))
    assert len(parse(f'<process xmlns="u">{tasks}</process>'.encode())) == 1000


def test_a_file_of_the_greatest_size_is_taken():
    assert len(parse(b"<a>" + b"x" * (MAX_BYTES - 7) + b"</a>").text or "") == MAX_BYTES - 7
