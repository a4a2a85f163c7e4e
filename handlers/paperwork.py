"""Asking for a paper: which command gives which, who may have it, and what is said with it.

What stands in each lives in procedure/papers/. The surprising truth: a paper is asked for in one turn
and made after it, so who may have it is asked twice; between the two somebody may have been barred from the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from handlers.acts import Acts, Office, Print, Tell
from handlers.manager.periods import NotUnderstood, read
from handlers.manager.summary import summary
from handlers.mediator import cases
from handlers.procedure.case import Case
from handlers.procedure.papers import dossier, form, letters, minutes, note, receipt, review
from handlers.procedure.papers.paper import Paper
from handlers.procedure.steps import Actor, may_read, relations
from handlers.procedure.summary import Counts, Period, count, period, total
from handlers.procedure.trend import Trend, trend
from handlers.texts import Field, Number, T, Text

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


@dataclass(frozen=True, slots=True)
class Kind:
    """`leaves`: it exists to go elsewhere. `clients`: it speaks the language of the case."""

    make: Callable[[Office, Case | None, str], Paper | Sheet | Picture]
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


def _within(office: Office, name: str, when: Period) -> list[Mapping[str, object]]:
    return list(office.register(**{name: (when.first.isoformat(), when.last.isoformat())}))


def _minutes(office: Office, case: Case | None, arg: str) -> Paper:
    return minutes.paper(office.facts, _span(arg), _within(office, "closed", _span(arg)))


def _review(office: Office, case: Case | None, arg: str) -> Paper:
    when, facts = _span(arg), office.facts
    before = review.year_before(when, min(when.last, facts.today))
    return review.paper(
        facts,
        when,
        _within(office, "received", when),
        _within(office, "closed", when),
        _within(office, "received", before),
        office.register(open="yes"),
        {rubric.code: office.decisions(rubric.code) for rubric in facts.firm.rubrics},
    )


def _sheet(office: Office, case: Case | None, arg: str) -> Sheet:
    return Sheet(T("p_register", "Complaints register"), _within(office, "received", _span(arg)))


def _picture(office: Office, case: Case | None, arg: str) -> Picture:
    first, last, rubric = (*arg.split(" "), "")[:3]
    when, today = _span(f"{first} {last}"), office.facts.today
    rows = count(office, when, today)
    if rubric:
        rows = {code: row for code, row in rows.items() if code == rubric}
    shown = trend(office, today, office.begun(), rubric)
    return Picture(T("p_summary", "Summary"), rows, when, shown)


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
    "picture":        Kind(_picture,                        _manages,       T("here_picture", "{first} to {last}.\nReceived {received}, open {open}, closed {closed}, late {late}, structural {structural}."), True),
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
    """The numbers of a period as a picture, with the totals as its caption for who cannot see it."""
    facts = office.facts
    try:
        asked = read(arg, facts.today, facts.names, facts.firm.rubrics)
    except NotUnderstood:
        return summary(office, case, arg)
    when, rubric = asked.when, asked.rubric.code if asked.rubric else ""
    rows = count(office, when, facts.today)
    sums = total({code: row for code, row in rows.items() if rubric in ("", code)})
    about: dict[str, Field] = {"first": when.first, "last": when.last, "received": sums.received, "open": sums.open,
             "closed": sums.closed, "late": sums.late, "structural": sums.structural}  # fmt: skip
    caption = Text(PAPERS["picture"].caption.name, PAPERS["picture"].caption.english, about)
    return (Print("picture", caption, arg=f"{when.first} {when.last} {rubric}".strip(), leaves=True),)


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
