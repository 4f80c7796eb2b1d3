"""Handing mails to the server."""

import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email.message import EmailMessage

from service.config import Mail

TIMEOUT_S = 20
_BROKEN = (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError)


def deliver(mail: Mail, messages: Iterable[EmailMessage]) -> Iterator[str | None]:
    """Over one connection: for each message why the server did not take it, None if it did.

    After the connection has broken none is tried any more, so that a server that is away costs one wait.
    """
    broken: str | None = None
    try:
        server = _server(mail)
    except OSError as error:
        yield from (_told(error) for _ in messages)
        return
    with suppress(OSError), server:
        for message in messages:
            if broken is not None:
                yield broken
                continue
            try:
                server.send_message(message)
            except _BROKEN as error:
                broken = _told(error)
                yield broken
            except (OSError, ValueError) as error:
                yield _told(error)
            else:
                yield None


def _server(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, mail.password or "")
    except OSError:
        server.close()
        raise
    return server


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
