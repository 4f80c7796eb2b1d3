"""Which language a request is answered in."""

from flask import request

from service import keys


def language() -> str:
    """The language of this request: the one chosen on the page, else the browser's, else the default."""
    chosen = request.cookies.get("language")
    if not chosen and "Accept-Language" in request.headers:  # programs send none, and looking costs as much as a query
        chosen = request.accept_languages.best_match(["zh-CN", "zh", "en", "en-US"])
    return "en" if (chosen or keys.config().language).startswith("en") else "zh"
