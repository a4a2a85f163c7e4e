"""The summary as a picture for a phone: bars per topic, twelve months against what was to be expected, and the ages.

What is counted stands in handlers/procedure/summary.py and trend.py; how it is drawn in charts.typ. The surprising
truth: nothing is only in the picture. Whoever cannot see it reads the same numbers in the message below it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import typst
from babel.dates import format_date

from bot.documents import signs
from bot.documents.columns import UNKNOWN
from bot.words import Words
from handlers.firm import Firm
from handlers.procedure.summary import Counts, Period, total
from handlers.procedure.trend import AGES, Trend
from handlers.texts import Field, T

TEMPLATE = Path(__file__).with_name("charts.typ")
WIDTH = 1080  # pixels
POINTS = 400  # the same width in the template's measure


def summary_png(
    counts: Mapping[str, Counts], period: Period, trend: Trend, firm: Firm, words: Words, language: str,
    rubric: str = "",
) -> bytes:  # fmt: skip
    """The summary of *period* as a PNG of 1080 pixels wide; the same bytes for the same numbers, on any day.

    *counts* are those of `summary.count` (most received first), of one topic (*rubric*) or of all; *trend* of
    `trend.trend`, for the same topics. It is sent as a photo with the text of /summary as its caption: that holds the
    numbers for who cannot see it. A caption of Telegram has at most 1,024 characters, so a longer text follows as a
    message of its own. Takes some tens of milliseconds: call it in `asyncio.to_thread`, after the commit.
    """
    shown = json.dumps(_data(counts, period, trend, firm, words, language, rubric), ensure_ascii=False, sort_keys=True)
    with tempfile.TemporaryDirectory() as nothing:  # all the template could read
        drawing = typst.Compiler(
            TEMPLATE.read_bytes(),
            root=nothing,
            font_paths=signs.fonts(),
            ignore_system_fonts=True,
            package_path=nothing,
            package_cache_path=nothing,
            sys_inputs={"data": shown},
        )
        found = drawing.compile(format="png", ppi=72 * WIDTH / POINTS)
    assert isinstance(found, bytes)  # a page as high as it needs is one page
    return found


def _data(
    counts: Mapping[str, Counts], period: Period, trend: Trend, firm: Firm, words: Words, language: str,
    rubric: str = "",
) -> dict[str, Any]:  # fmt: skip
    """All that the template shows, in words and in shares of the longest bar."""

    def said(field: Field) -> str:
        return re.sub(r"[ \t\r\n]+", " ", words.plain(field, language)).strip()

    sums = total(counts)
    title = T("chart_title", "Complaints from {first} to {last}", first=_day(period.first, language),
              last=_day(period.last, language))  # fmt: skip
    if rubric:
        title = T("chart_title_topic", "{topic}: complaints from {first} to {last}", **title.fields,
                  topic=UNKNOWN if rubric == "unknown" else firm.rubric(rubric))  # fmt: skip
    tiles: tuple[tuple[Field, int, bool], ...] = (
        (T("chart_received", "Received"), sums.received, False),
        (T("chart_closed", "Closed"), sums.closed, False),
        (T("chart_open", "Open now"), sums.open, False),
        (T("chart_late", "Late"), sums.late, sums.late > 0),
    )
    return {
        "lang": language,
        "firm": said(firm.contact.name),
        "title": said(title),
        "tiles": [{"label": said(label), "value": str(value), "alarm": alarm} for label, value, alarm in tiles],
        "topics": {
            "title": said(T("chart_topics", "Received per topic")),
            "note": said(T("chart_topics_note", "The line shows the period before.")) if sums.before else "",
            "none": said(T("summary_none", "No complaints in this period.")),
            "rows": _topics(counts, firm, said),
        },
        "months": _months(trend, language, said),
        "ages": _ages(trend, said),
        "foot": said(T("chart_foot", "Open and late: as it is on {day}.", day=_day(trend.today, language))),
    }


def _topics(counts: Mapping[str, Counts], firm: Firm, said: Any) -> list[dict[str, Any]]:
    most = max([1, *(max(row.received, row.before) for row in counts.values())])

    def note(row: Counts) -> str:
        if row.late:
            return str(said(T("chart_row_late", "before {before}, open {open}, late {late}", before=row.before,
                              open=row.open, late=row.late)))  # fmt: skip
        return str(said(T("chart_row", "before {before}, open {open}", before=row.before, open=row.open)))

    return [
        {
            "label": said(UNKNOWN if code == "unknown" else firm.rubric(code)),
            "value": str(row.received),
            "share": row.received / most,
            "before": row.before / most,
            "note": note(row),
        }
        for code, row in counts.items()
    ]


def _months(trend: Trend, language: str, said: Any) -> dict[str, Any]:
    most = max([1, *(max(month.received, month.high or 0) for month in trend.months)])
    ranged = [month for month in trend.months if month.high is not None]
    signs: list[tuple[str, Field]] = []
    if ranged:
        last = ranged[-1]
        usual = T("chart_expected", "Expected if nothing had changed, 19 of 20 months. In {month}: {low} to {high}.",
                  month=_month(last.first, language), low=last.low or 0, high=last.high or 0)  # fmt: skip
        signs.append(("band", usual))
    if any(month.above for month in trend.months):
        signs.append(("above", T("chart_above", "More than expected. It is no verdict: see the evaluation.")))
    empty = not any(month.received for month in trend.months)
    if not empty and not all(month.recorded for month in trend.months):
        signs.append(("none", T("chart_unrecorded", "– There was no register yet.")))
    if trend.running:
        signs.append(("none", T("chart_running", "Not over, and so without a bar: {month}. Received so far: {n}.",
                                month=_month(trend.today, language), n=trend.running)))  # fmt: skip
    if empty and not ranged:
        note = said(T("chart_months_none", "Nothing was received in these months."))
    else:
        note = "" if ranged else said(T("chart_no_range", "There are too few months yet to say what to expect."))
    return {
        "title": said(T("chart_months", "The last 12 whole months")),
        "note": note,
        "signs": [{"kind": kind, "text": said(text)} for kind, text in signs],
        "rows": [
            {
                "label": format_date(month.first, "LLL", language).rstrip("."),
                "value": str(month.received) if month.recorded else "–",
                "recorded": month.recorded,
                "share": month.received / most,
                "low": (month.low or 0) / most if month.high is not None else -1,
                "high": month.high / most if month.high is not None else -1,
                "above": month.above,
            }
            for month in (() if empty and not ranged else trend.months)
        ],
    }


def _ages(trend: Trend, said: Any) -> dict[str, Any]:
    most = max([1, *trend.ages])
    weeks = [days // 7 for days in AGES]
    labels: list[Field] = [T("chart_age_first", "up to {n} weeks", n=weeks[0])]
    labels += [T("chart_age", "{first} to {last} weeks", first=first, last=last)
               for first, last in pairwise(weeks)]  # fmt: skip
    labels.append(T("chart_age_last", "over {n} weeks", n=weeks[-1]))
    oldest = "" if trend.oldest is None else said(T("chart_oldest", "Days since the oldest came: {n}", n=trend.oldest))
    rows = [
        {"label": said(label), "value": str(n), "share": n / most} for label, n in zip(labels, trend.ages, strict=True)
    ]
    return {
        "title": said(T("chart_ages", "How long open complaints are here")),
        "note": oldest,
        "none": said(T("chart_none_open", "Nothing is open.")),
        "rows": rows if any(trend.ages) else [],
    }


def _day(day: Any, language: str) -> str:
    return str(format_date(day, "d MMMM y", language)).replace(" ", "\N{NO-BREAK SPACE}")


def _month(day: date, language: str) -> str:
    return str(format_date(day, "LLLL", language))
