"""Looking: a mediator's or manager's list of cases, one case, and finding one. Single presses, nothing stored."""

from __future__ import annotations

from handlers.acts import Acts, Office, Press, Rows, Tell
from handlers.client.intake import shown
from handlers.mediator import card
from handlers.phrases import rubric, stands
from handlers.procedure import deadlines
from handlers.procedure.case import Case
from handlers.procedure.papers.note import agreed_actions
from handlers.procedure.steps import may_read
from handlers.texts import Lines, Number, T

PAGE = 5


def cases(office: Office, case: Case | None, arg: str) -> Acts:
    """Open cases, the soonest deadline first; a manager sees all he may see."""
    actor = office.facts.actor
    found = list(office.open_cases() if "manager" in actor.roles else office.cases_of_mediator(actor.key))
    if not found:
        return (Tell(actor.id, T("no_cases", "You have no open cases."), in_place=True),)
    first = min(int(arg) if arg.isdecimal() else 0, (len(found) - 1) // PAGE * PAGE)
    page = found[first : first + PAGE]
    terms, zone, today = office.facts.firm.terms, office.facts.zone, office.facts.today
    rows: Rows = (tuple(Press(str(first + n), "case", c.number) for n, c in enumerate(page, 1)),)
    turn = tuple(
        Press(label, "cases", str(start))
        for label, start, there in (
            (T("b_previous", "Previous"), first - PAGE, first > 0),
            (T("b_next", "Next"), first + PAGE, first + PAGE < len(found)),
        )
        if there
    )
    lines = tuple(
        T(
            "list_row",
            "{n}. {ref} · {rubric} · {stands}",
            n=first + n,
            ref=Number(c.number),
            rubric=rubric(office, c),
            stands=stands(office, c),
        )
        for n, c in enumerate(page, 1)
    )
    return (
        Tell(
            actor.id,
            T(
                "list",
                "<b>Your cases: {n_open} open, {n_late} late</b>\n{lines}",
                n_open=len(found),
                n_late=sum(deadlines.late(c, terms, zone, today) for c in found),
                lines=Lines(lines),
            ),
            (*rows, turn) if turn else rows,
            in_place=True,
        ),
    )


def show(office: Office, case: Case | None, arg: str) -> Acts:
    """The card; before acceptance only what the notice said already."""
    assert case is not None
    actor = office.facts.actor
    if may_read(actor, case):
        return (card.tell(office, case, actor.id, short=arg == "short"),)
    return (
        Tell(
            actor.id,
            T("not_yet", "You can read {ref} when you have taken it.", ref=Number(case.number)),
            (
                (Press(T("b_take", "Take it"), "take", case.number, "primary"),),
                (Press(T("b_decline", "Pass on"), "decline", case.number),),
            ),
            case.number,
        ),
    )


def more(office: Office, case: Case | None, arg: str) -> Acts:
    """The less frequent steps, below each other."""
    assert case is not None
    text = T("more", "What else for {ref}?", ref=Number(case.number))
    return (Tell(office.facts.actor.id, text, card.more(case, office.facts.actor), case.number),)


def dossier(office: Office, case: Case | None, arg: str) -> Acts:
    """The note for the client's own file (klantendossier), ready to copy: number, date, aid, and what we agreed to do.
    No story and no names: what was complained about stays in the complaint (R29)."""
    assert case is not None
    if not may_read(office.facts.actor, case):
        return show(office, case, "")
    known = agreed_actions(case)
    text = T(
        "dossier_note",
        "<b>For the client's file. Copy this.</b>\nComplaint {ref} of {date}\nAid: {device}\nAgreed: {agreed}",
        ref=Number(case.number),
        date=deadlines.local_day(case.received, office.facts.zone),
        device=shown(case.complaint.device),
        agreed=Lines(known, by="; ") if known else T("nothing_agreed", "nothing about the aid"),
    )
    rows: Rows = ((Press(T("b_save_pdf", "Save as PDF"), "note_pdf", case.number),),)
    return (Tell(office.facts.actor.id, text, rows, case.number),)


def which(office: Office, do: str) -> Acts:
    """Which case is meant: a command without a number offers the open ones that are this person's."""
    actor = office.facts.actor
    sees_all = actor.roles & {"manager", "admin"}
    found = list(office.open_cases() if sees_all else office.cases_of_mediator(actor.key))
    if not found:
        return (Tell(actor.id, T("no_cases", "You have no open cases.")),)
    rows: Rows = tuple(
        (Press(T("b_case", "{ref} {rubric}", ref=Number(c.number), rubric=rubric(office, c)), do, c.number),)
        for c in found[:PAGE]
    )
    return (Tell(actor.id, T("which_case", "Which case? You can also type the number after the command."), rows),)
