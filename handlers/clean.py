"""What is taken out of a person's words before anything is written: control characters, BSN, bank and card numbers.

The surprising truth: one in eleven random nine-digit numbers passes the BSN test, so a masked number is always
told to the client, and a number asked for by a question (a phone number) is left alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MASK = "█████"
_DIGITS = re.compile(
    rf"(?<![\w{MASK[0]}])\+?\d(?:[\s.\-\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff]*\d){{7,18}}(?!\w)"
)
_NEAR_BSN = re.compile(r"\b(bsn|burgerservice\w*|sofi\w*)(\W|nummer|nr|is){0,12}$", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]){10,30}\b")


@dataclass(frozen=True, slots=True)
class Cleaned:
    text: str
    masked: bool


def clean(text: str, numbers: bool = False) -> Cleaned:
    """*text* without NUL, lone surrogates and identity numbers; with *numbers*, a number was asked for and stays."""
    text = "".join(c for c in text if c == "\n" or c == "\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    if numbers:
        return Cleaned(text, False)
    masked = _IBAN.sub(_mask_iban, text)
    masked = _DIGITS.sub(lambda found: _mask_digits(found, masked), masked)
    return Cleaned(masked, masked != text)


def _mask_iban(found: re.Match[str]) -> str:
    """ISO 13616: moved and spelled out in digits, an account number is 1 modulo 97."""
    account = re.sub(r"[ \-]", "", found[0]).upper()
    spelled = "".join(str(int(c, 36)) for c in account[4:] + account[:4])
    return MASK + account[-4:] if int(spelled) % 97 == 1 else found[0]


def _mask_digits(found: re.Match[str], whole: str) -> str:
    """The number as it was typed, in groups or not; if it is none, each unbroken run of digits in it."""
    beside = _NEAR_BSN.search(whole[: found.start()]) is not None
    blanked = "" if found[0][0] == "+" else _blanked(found[0], beside)  # with a + it is a telephone number
    return blanked or re.sub(r"(?<![\d+])\d{8,}", lambda run: _blanked(run[0], False) or run[0], found[0])


def _blanked(number: str, beside: bool) -> str:
    """What is shown instead of *number*; "" when it may stay. *beside*: it stands beside the word bsn."""
    digits = "".join(str(unicodedata.digit(c)) for c in number if c.isdigit())
    if is_bsn(digits) and (len(digits) == 9 or beside):
        return MASK
    return MASK + digits[-4:] if 13 <= len(digits) <= 19 and _luhn(digits) else ""


def is_bsn(digits: str) -> bool:
    """The test of eleven (UAVG art. 46 forbids keeping the number, so it must be recognised)."""
    if len(digits) not in {8, 9} or not digits.strip("0"):
        return False
    padded = digits.zfill(9)
    return sum(int(d) * w for d, w in zip(padded, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits))]
    return sum(sum(divmod(d, 10)) for d in doubled) % 10 == 0
