"""What must never reach a log: the token, the webhook's secret, and the libraries' own chatter.

The surprising truth: httpx logs every URL at INFO and the token is part of Telegram's URLs; a filter on a logger does
not see the records of its children, so the filter sits on the handlers of the root.
"""

from __future__ import annotations

import logging
import traceback

CHATTER = ("httpx", "httpcore", "aiohttp", "aiogram", "telegram", "asyncio")


class Redact(logging.Filter):
    """Replaces each of *secrets*, wherever it stands in a record, its traceback included."""

    def __init__(self, *secrets: str) -> None:
        super().__init__()
        # Of a token `id:key` the key alone gives it away, and an URL may write the colon as %3A.
        keys = {secret.partition(":")[2] or secret for secret in secrets if secret}
        self._secrets = sorted({*secrets, *keys} - {""}, key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.clean(record.getMessage()), None
        if record.exc_info:
            record.exc_text = record.exc_text or "".join(traceback.format_exception(*record.exc_info)).rstrip()
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        if record.stack_info:
            record.stack_info = self.clean(record.stack_info)
        return True

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def guard(*secrets: str) -> None:
    """Put the filter on every handler the root logger has by now, and let the libraries speak only to warn."""
    redact = Redact(*secrets)
    for handler in logging.getLogger().handlers:
        handler.addFilter(redact)
    for name in CHATTER:
        logging.getLogger(name).setLevel(logging.WARNING)
