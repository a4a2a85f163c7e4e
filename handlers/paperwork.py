"""Asking for a paper: which command gives which, who may have it, and what is said with it.

What stands in each lives in procedure/papers/. The surprising truth: a paper is asked for in one turn
and made after it, so who may have it is asked twice; between the two somebody may have been barred from the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.acts import Acts, Office, Press, Print, Tell
from handlers.manager import periods, summary
from handlers.manager.periods import NotUnderstood, read
from handlers.mediator import cases
from handlers.procedure.case import Case
from handlers.procedure.papers import dossier, form, letters, minutes, note, receipt, review
from handlers.procedure.papers.paper import Paper
from handlers.procedure.papers.words import topic
from handlers.procedure.steps import Actor, may_read, relations
from handlers.procedure.summary import Counts, Period, count, period, total
from handlers.procedure.trend import Trend, trend
from handlers.texts import Field, Lines, Number, T, Text

LONGEST = 60  # letters of somebody's words that are said back
NO_OUTCOME = T("no_outcome_yet", "There is no outcome of {ref} yet.")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of the register, for a spreadsheet."""

    name: Text
    rows: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Picture:
    """The numbers of a period, to be drawn."""

    name: Text
    counts: Mapping[str, Counts]
    when: Period
    trend: Trend
    rubric: str = ""  # of which topic alone; "": of all


Row = Mapping[str, object]
Where = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Gather:
    """A paper of many rows of the register. They are read piece by piece, each a name and a condition, so that others
    have their turn in between; `made` of all rows by name."""

    pieces: Sequence[tuple[str, Where]]
    made: Callable[[Mapping[str, Sequence[Row]]], Paper | Sheet]


@dataclass(frozen=True, slots=True)
class Kind:
    """`leaves`: it exists to go elsewhere. `clients`: it speaks the language of the case."""

    make: Callable[[Office, Case | None, str], Paper | Sheet | Picture | Gather]
    may: Callable[[Actor, Case | None], bool]
    caption: Text
    leaves: bool = False
    clients: bool = False


def _handles(actor: Actor, case: Case | None) -> bool:
    return case is not None and bool(relations(actor, case) & {"mediator", "manager"})


def _sends_letters(actor: Actor, case: Case | None) -> bool:
    """Also who registered it has its letter to send, and reads no more of it."""
    return case is not None and bool(relations(actor, case) & {"mediator", "manager", "clerk"})


def _reads(actor: Actor, case: Case | None) -> bool:
    return case is not None and may_read(actor, case)


def _manages(actor: Actor, case: Case | None) -> bool:
    return "manager" in actor.roles


def _of_case(make: Callable[..., Paper]) -> Callable[[Office, Case | None, str], Paper]:
    def made(office: Office, case: Case | None, arg: str) -> Paper:
        return make(office.facts, case)

    return made


def _span(arg: str) -> Period:
    first, _, last = arg.partition(" ")
    return Period("dates", date.fromisoformat(first), date.fromisoformat(last))


def _within(name: str, column: str, when: Period) -> list[tuple[str, Where]]:
    """The rows whose *column* lies in *when*, in pieces of a week or more: so many are read in some milliseconds."""
    days = (when.last - when.first).days + 1
    piece = max(7, days // 100)
    firsts = [when.first + timedelta(days=day) for day in range(0, days, piece)]
    lasts = [min(first + timedelta(days=piece - 1), when.last) for first in firsts]
    return [(name, {column: (a.isoformat(), b.isoformat())}) for a, b in zip(firsts, lasts, strict=True)]


def _minutes(office: Office, case: Case | None, arg: str) -> Gather:
    facts, when = office.facts, _span(arg)
    return Gather(_within("closed", "closed", when), lambda rows: minutes.paper(facts, when, rows["closed"]))


def _review(office: Office, case: Case | None, arg: str) -> Gather:
    when, facts, begun = _span(arg), office.facts, office.begun()
    before = review.year_before(when, min(when.last, facts.today))
    decisions = {rubric.code: office.decisions(rubric.code) for rubric in facts.firm.rubrics}
    after = Period("dates", when.last + timedelta(days=1), facts.today)  # what was closed since then was open then
    pieces = (
        *_within("received", "received", when), *_within("closed", "closed", when),
        *_within("before", "received", before), ("open", {"open": "yes"}), *_within("open", "closed", after),
    )  # fmt: skip
    return Gather(
        pieces,
        lambda rows: review.paper(
            facts, when, rows["received"], rows["closed"], rows["before"], rows["open"], decisions, begun
        ),
    )


def _sheet(office: Office, case: Case | None, arg: str) -> Gather:
    name = T("p_register", "Complaints register")
    return Gather(_within("rows", "received", _span(arg)), lambda rows: Sheet(name, rows["rows"]))


def _picture(office: Office, case: Case | None, arg: str) -> Picture:
    first, last, rubric = (*arg.split(" "), "")[:3]
    when, today = _span(f"{first} {last}"), office.facts.today
    rows = count(office, when, today)
    if rubric:
        rows = {code: row for code, row in rows.items() if code == rubric}
    shown = trend(office, today, office.begun(), rubric)
    return Picture(T("p_summary", "Summary"), rows, when, shown, rubric)


# fmt: off
PAPERS = {
    # name             what stands in it                who may have it  what is said with it
    "form":           Kind(_of_case(form.paper),           _handles,       T("here_form", "The complaint form of {ref}.")),
    "receipt":        Kind(_of_case(receipt.paper),        _reads,         T("here_receipt", "The receipt of complaint {ref}."), True),
    "dossier":        Kind(_of_case(dossier.paper),        _reads,         T("here_dossier", "The case file of complaint {ref}.")),
    "note":           Kind(_of_case(note.paper),           _handles,       T("here_note", "The note for the client file, {ref}."), True),
    "letter":         Kind(_of_case(letters.acknowledgement),         _sends_letters, T("here_letter", "The letter that we received {ref}."), True, True),
    "outcome_letter": Kind(_of_case(letters.outcome), _handles,       T("here_outcome", "The letter with the outcome of {ref}."), True, True),
    "minutes":        Kind(_minutes,                        _manages,       T("here_minutes", "For the work meeting: {first} to {last}."), True),
    "register":       Kind(_sheet,                          _manages,       T("here_register", "The complaints register: {first} to {last}."), True),
    "picture":        Kind(_picture,                        _manages,       T("here_picture", "{first} to {last}.\nReceived {received}, closed {closed}, structural {structural}. Now open {open}, late {late}."), True),
    "review":         Kind(_review,                         _manages,       T("here_review", "The yearly review: {first} to {last}."), True),
}
# fmt: on


def of_case(name: str) -> Callable[[Office, Case | None, str], Acts]:
    """The handler that prints the paper called *name* about the case at hand."""

    def asked(office: Office, case: Case | None, arg: str) -> Acts:
        assert case is not None
        kind, ref = PAPERS[name], Number(case.number)
        if not kind.may(office.facts.actor, case):
            return cases.show(office, case, "")
        if name == "outcome_letter" and case.outcome is None:
            text = Text(NO_OUTCOME.name, NO_OUTCOME.english, {"ref": ref})
            return (Tell(office.facts.actor.id, text, case=case.number),)
        caption = Text(kind.caption.name, kind.caption.english, {"ref": ref})
        language = case.language if kind.clients else ""
        return (Print(name, caption, case.number, language=language, leaves=kind.leaves),)

    return asked


def pictured(office: Office, case: Case | None, arg: str) -> Acts:
    """`/summary [topic] [period]`: a picture, with the numbers as its caption for who cannot see it."""
    facts = office.facts
    try:
        asked = read(arg, facts.today, facts.names, facts.firm.rubrics)
    except NotUnderstood:
        return summary.summary(office, case, arg)
    when, rubric = asked.when, asked.rubric.code if asked.rubric else ""
    rows = {code: row for code, row in count(office, when, facts.today).items() if rubric in ("", code)}
    sums = total(rows)
    about: dict[str, Field] = {"first": when.first, "last": when.last, "received": sums.received, "open": sums.open,
             "closed": sums.closed, "late": sums.late, "structural": sums.structural}  # fmt: skip
    brief = Text(PAPERS["picture"].caption.name, PAPERS["picture"].caption.english, about)
    each = tuple(
        T("here_topic", "<b>{topic}</b>: received {received}, before {before}, now open {open}, late {late}",
          topic=topic(facts, code), received=row.received, before=row.before, open=row.open, late=row.late)
        for code, row in rows.items()
    )  # fmt: skip
    whole = T("here_picture_topics", "{totals}\n\n{topics}{standing}", totals=brief, topics=Lines(each),
              standing=summary.standing(office, rubric))  # fmt: skip
    typed = periods.typed(when, facts.today)
    shown = f"{rubric} {typed}".strip()
    one = (summary.all_topics(typed, "summary"),) if rubric else summary.topics_of(facts, rows, typed, "summary")
    files = (
        Press(T("b_excel", "Excel"), "export", typed),
        Press(T("b_review_pdf", "Yearly review (PDF)"), "review", typed),
    )
    buttons = (
        *summary.periods_of(rubric, "summary"),
        *one,
        files,
        (Press(T("b_in_words", "In words"), "numbers", shown),),
    )
    return (
        Print("picture", whole if rows else brief, arg=f"{when.first} {when.last} {rubric}".strip(), leaves=True,
              brief=brief, buttons=buttons, in_place=True),
    )  # fmt: skip


def of_period(name: str, usual: str) -> Callable[[Office, Case | None, str], Acts]:
    """The handler that prints the paper called *name* of what was typed, or of the *usual* period."""

    def asked(office: Office, case: Case | None, arg: str) -> Acts:
        facts, kind = office.facts, PAPERS[name]
        try:
            when = read(arg or usual, facts.today, facts.names, ()).when
        except NotUnderstood as wrong:
            text = T(
                "err_paper_period",
                'I do not understand "{words}". Type for example: last quarter, or 2025.',
                words=wrong.words[:LONGEST],
            )
            return (Tell(facts.actor.id, text),)
        if name == "review":
            when = period("year", when.first)
        if when.first > facts.today:
            text = T("err_paper_future", "That period has not begun yet. Choose an earlier one.")
            return (Tell(facts.actor.id, text),)
        shown = {"first": when.first, "last": min(when.last, facts.today)}
        caption = Text(kind.caption.name, kind.caption.english, shown)
        return (Print(name, caption, arg=f"{when.first} {when.last}", leaves=kind.leaves),)

    return asked
