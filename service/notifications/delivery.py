"""Handing a mail to the server."""

import smtplib
import ssl
from email.message import EmailMessage

from service.config import Mail

TIMEOUT_S = 20


def deliver(mail: Mail, message: EmailMessage) -> str | None:
    """Why the server did not take it; None if it did."""
    try:
        with _server(mail) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:500]
    return None


def _server(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
        if mail.security == "starttls":
            server.starttls(context=context)
    if mail.user:
        server.login(mail.user, mail.password or "")
    return server
