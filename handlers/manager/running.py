"""What a manager does with running cases: the late ones first, assigning and transferring, merging, and absence.

The surprising truth: a manager who is barred from a case gets the same answer here as everybody else; these commands
ask `steps.can` like any other road.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.acts import Acts, Begin, File, Office, Press, Rows, Tell
from handlers.conversation import Flow, Option
from handlers.facts import Facts
from handlers.manager import evaluate
from handlers.mediator.deciding import block
from handlers.mediator.talks import Entry, in_their_language, record, ref_of, seen_first
from handlers.notices.ending import no_complaint_text
from handlers.phrases import handler_of, rubric
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened
from handlers.procedure.steps import EARLY, missing
from handlers.questions import choice, coming_day, words
from handlers.texts import Lines, Number, T, Text

SHOWN = 8


def late(office: Office, case: Case | None, arg: str) -> Acts:
    """What is past its date: outcomes, letters, measures, promises; what prevents also when its case is closed; and
    what managers decided about a topic."""
    facts = office.facts
    lines, rows = list[Text](), list[tuple[Press, ...]]()
    for one, found in overdue(office):
        if len(rows) < SHOWN:
            rows.append((Press(T("b_case_short", "{ref}", ref=Number(one.number)), "case", one.number),))
        lines.append(
            T("late_row", "{ref} · {rubric} · {who}\n{what}", ref=Number(one.number), rubric=rubric(office, one),
              who=handler_of(office, one), what=Lines(found, by=", "))
        )  # fmt: skip
    if "manager" in facts.actor.roles:
        lines += evaluate.undone(office)
    if not lines:
        return (Tell(facts.actor.id, T("nothing_late", "Nothing is late.")),)
    text = T("late_list", "<b>Late: {n}</b>\n{lines}", n=len(lines), lines=Lines(tuple(lines)))
    return (Tell(facts.actor.id, text, tuple(rows), in_place=True),)


def overdue(office: Office) -> Sequence[tuple[Case, tuple[Text, ...]]]:
    """The cases of this person in which something is late, each with what."""
    facts, actor = office.facts, office.facts.actor
    found = []
    for one in office.still_owed():
        if "manager" in actor.roles or one.mediator == actor.key:
            left = deadlines.owed(one, facts.firm.terms, facts.zone)
            found.append((one, tuple(_late(what, day) for what, day in left if day < facts.today)))
    return found


def _late(what: str, day: date) -> Text:
    match what:
        case "outcome":
            return T("late_outcome", "outcome due by {day}", day=day)
        case "letter":
            return T("late_letter", "letter due by {day}", day=day)
        case "measure":
            return T("late_measure", "measure due by {day}", day=day)
        case "report":
            return T("late_report", "decision about the incident due by {day}", day=day)
        case "request":
            return T("late_request", "answer to the request to delete data due by {day}", day=day)
    return T("late_promise", "promise due by {day}", day=day)


# Assigning and transferring ------------------------------------------------------------------------------


def assign(facts: Facts) -> Flow[Entry | None]:
    """To somebody who is not barred; the one who had it loses it at once, the dates stay as they are."""
    if not facts.eligible():
        return None
    given = yield from choice(
        "assign",
        T("assign", "Who handles {ref}? The number is how many cases they have.", ref=ref_of(facts)),
        *(
            Option(f"p_{key}", T("b_assign", "{name} ({n})", name=facts.firm.name_of(key), n=load))
            for key, load in facts.eligible()
        ),
        free=False,
    )
    return Entry("assigned", {"mediator": given.option.removeprefix("p_")})


def assign_gate(office: Office, case: Case | None, arg: str) -> Acts:
    assert case is not None
    if not office.case_facts(case.number).eligible():
        text = T("nobody_eligible", "Nobody can take {ref}: invite a mediator who is not involved.",
                 ref=Number(case.number))  # fmt: skip
        return (Tell(office.facts.actor.id, text, case=case.number),)
    return (Begin("assign", case.number, fresh=True),)


# Not a case of its own -----------------------------------------------------------------------------------


def merge(facts: Facts) -> Flow[Entry | None]:
    """Two complaints about the same: this one closes with a link, its words stay and are shown with the other."""
    case = facts.case
    assert case is not None
    if not facts.others():
        return None
    given = yield from choice(
        "merge",
        T("merge", "To which complaint does {ref} belong?", ref=ref_of(facts)),
        *(Option(f"n_{number}", Number(number)) for number in facts.others()),
        free=False,
    )
    number = given.option.removeprefix("n_")
    return Entry("duplicate", {"of": number, "reason": ""})


def merge_gate(office: Office, case: Case | None, arg: str) -> Acts:
    assert case is not None
    if not office.case_facts(case.number).others():
        text = T("merge_none", "There is no other open complaint to join {ref} to.", ref=Number(case.number))
        return (Tell(office.facts.actor.id, text, case=case.number),)
    return (Begin("merge", case.number, fresh=True),)


def merged(office: Office, case: Case | None, entry: Entry | None) -> Acts:
    assert case is not None
    if entry is None:
        return record(office, case, None)
    now, by, other = office.facts.now, office.facts.actor.key, office.case(entry.facts["of"])
    # Who handles the other reads these words too, unless it is about them.
    reads = other.mediator if other and other.accepted and other.mediator not in case.barred else ""
    joining: dict[str, object] = {"number": case.number, "named": sorted(case.barred), "about": sorted(case.about)}
    if case.undecided and case.danger_at:
        joining["danger_at"] = case.danger_at.isoformat()
    return (
        File(case.number, Happened("duplicate", now, by, {**entry.facts, "mediator": reads})),
        File(entry.facts["of"], Happened("related", now, by, joining)),
        Tell(office.facts.actor.id, T("merged", "{ref} now belongs to {other}.", ref=Number(case.number),
                                      other=Number(entry.facts["of"])), case=case.number),
    )  # fmt: skip


def no_complaint(facts: Facts) -> Flow[Entry | None]:
    """Not a complaint: the client hears so with the reason, and may say that it is one."""
    case = facts.case
    assert case is not None
    reason = yield from words(
        "no_complaint",
        T("to_reader", "{question}{language}", language=in_their_language(facts),
          question=T("no_complaint", "Why is {ref} not a complaint? The client reads your reason.", ref=ref_of(facts))),
    )  # fmt: skip
    told = no_complaint_text(case, reason.text)
    if not (yield from seen_first(facts, "no_complaint_sure", told, "no_complaint")):
        return None
    return Entry("no_complaint", {"reason": reason.text})


def no_complaint_gate(office: Office, case: Case | None, arg: str) -> Acts:
    """A danger is decided about first: afterwards nobody would look at it any more."""
    assert case is not None
    lacking = tuple(need for need in missing(case) if need.name == "report")
    if lacking and case.status in EARLY:
        return block(office, case, lacking)
    return (Begin("no_complaint", case.number, fresh=True),)


# Absence -------------------------------------------------------------------------------------------------


def absence(facts: Facts) -> Flow[str]:
    """Until when the person is away, "" for not any more."""
    given, day = yield from coming_day(
        "absence",
        T("absence", "Until when are you away? New cases go to others. Type the last day."),
        facts.names,
        facts.today,
        Option("back", T("b_back_again", "I am back")),
    )
    return "" if given.option else (day or facts.today).isoformat()


def absent(office: Office, case: Case | None, until: str) -> Acts:
    """Noted; what was offered and not taken goes to somebody else, what is under way is shown to pass on."""
    facts = office.facts
    office.away(facts.actor.key, until)
    mine = list(office.cases_of_mediator(facts.actor.key))
    if not until:
        over = T("absence_over", "Welcome back. You get new cases again.")
        back = T("absence_over_manager", "{name} is back.", name=facts.firm.name_of(facts.actor.key))
        return (Tell(facts.actor.id, over), *(Tell(f"@{key}", back) for key in _other_managers(office)))
    acts: Acts = (
        Tell(facts.actor.id, T("absence_noted", "You are away until {day}. New cases go to others.",
                               day=facts.today.fromisoformat(until))),
    )  # fmt: skip
    offered = [one for one in mine if one.status == "assigned"]
    acts += tuple(File(one.number, Happened("passed", facts.now, "bot", {"mediator": facts.actor.key}))
                  for one in offered)  # fmt: skip
    under_way = [one for one in mine if one not in offered]
    if under_way:
        rows: Rows = tuple(
            (Press(T("b_pass", "Pass on {ref}", ref=Number(one.number)), "decline", one.number),)
            for one in under_way[:SHOWN]
        )
        acts += (Tell(facts.actor.id, T("absence_cases", "You keep these cases, unless you pass them on."), rows),)
    return (*acts, *(_stand_in(office, key, until, under_way) for key in _other_managers(office)))


def _other_managers(office: Office) -> tuple[str, ...]:
    return tuple(key for key in office.managers() if key != office.facts.actor.key)


def _stand_in(office: Office, manager: str, until: str, under_way: list[Case]) -> Tell:
    """A manager hears who is away and gives running cases to somebody; of a case about him he hears nothing."""
    facts = office.facts
    name, day = facts.firm.name_of(facts.actor.key), facts.today.fromisoformat(until)
    theirs = [one for one in under_way if manager not in one.barred]
    text = T("absence_manager", "{name} is away until {day} and has no open cases.", name=name, day=day)
    if theirs:
        text = T("absence_manager_cases",
                 "{name} is away until {day}. Until then you also get the messages about: {refs}.",
                 name=name, day=day, refs=Lines(tuple(Number(one.number) for one in theirs), by=", "))  # fmt: skip
    rows: Rows = tuple(
        (Press(T("b_give", "Give {ref} to somebody", ref=Number(one.number)), "assign", one.number),)
        for one in theirs[:SHOWN]
    )
    return Tell(f"@{manager}", text, rows)
