"""The mediator's conversations: taking a case, finding out, deciding, telling the client.

Five minutes between appointments: the frequent answer is one button, typing is for what only a person can say.
What each answer does to the case stands in case.py; who may, in steps.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers.acts import Acts, Begin, Do, File, Office, Press, Tell
from handlers.conversation import Again, Flow, Option
from handlers.facts import Facts
from handlers.mediator.card import KINDS
from handlers.notices import outcome_text
from handlers.procedure.case import Case, Happened
from handlers.procedure.measures import CAUSES, MEASURES
from handlers.procedure.steps import BEFORE_OUTCOME, Need, missing
from handlers.questions import SKIP, choice, words
from handlers.texts import Field, Lines, Number, T

NOT_NEEDED = Option("not_needed", T("b_not_needed", "Not needed, because…"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact for the case: the kind of event and what it says."""

    kind: str
    facts: Mapping[str, Any]


def record(office: Office, case: Case | None, entry: Entry | None) -> Acts:
    """File what a conversation found out, and show the card again."""
    assert case is not None
    if entry is None:
        return ()
    acts: Acts = (File(case.number, Happened(entry.kind, office.facts.now, office.facts.actor.key, entry.facts)),)
    if entry.kind in {"accepted", "declined", "proposed"}:
        return acts  # these bring their own messages
    said = Tell(office.facts.actor.id, T("recorded", "Recorded with {ref}.", ref=Number(case.number)), case=case.number)
    return (*acts, said, Do("case", case.number))


def _ref(facts: Facts) -> Number:
    assert facts.case is not None
    return Number(facts.case.number)


def independent(facts: Facts) -> Flow[Entry]:
    """Accepting is declaring oneself independent (R20)."""
    given = yield from choice(
        "independent",
        T("independent", "Are you involved in this complaint yourself?\nFor example as the fitter or as a manager."),
        Option("free", T("b_independent", "No, I am independent")),
        Option("involved", T("b_involved", "Yes, pass it on")),
        free=False,
    )
    return Entry("accepted" if given.option == "free" else "declined", {"mediator": facts.actor.key})


def declining(facts: Facts) -> Flow[Entry]:
    yield from words(
        "decline_reason",
        T("decline_reason", "Why do you pass {ref} on? One sentence is enough.", ref=_ref(facts)),
        Option("no_time", T("b_no_time", "No time")),
        Option("involved", T("b_am_involved", "I am involved")),
    )
    return Entry("declined", {"mediator": facts.actor.key})


def cause(facts: Facts) -> Flow[Entry]:
    code = yield from choice(
        "cause", T("cause", "<b>Analysis {ref}</b>\nWhich cause fits best?", ref=_ref(facts)), *CAUSES
    )
    told = yield from words("cause_text", T("analysis", "How could this happen? Name the cause, not a culprit."))
    return Entry("cause", {"code": code.option or "unclear", "text": told.text or code.text})


def plan(facts: Facts) -> Flow[tuple[str, date]]:
    """Who does it and when: "me, this week" is one button."""
    friday = facts.today + timedelta(days=(4 - facts.today.weekday()) % 7)
    given = yield from choice(
        "plan",
        T("plan", "Who does it, and when is it ready?"),
        Option("me_week", T("b_me_week", "Me, this week")),
        Option("me_today", T("b_me_today", "Me, today")),
        Option("elsewise", T("b_elsewise", "Someone else, or later")),
        free=False,
    )
    if given.option == "me_week":
        return facts.actor.key, friday
    if given.option == "me_today":
        return facts.actor.key, facts.today
    who = yield from choice(
        "plan_who",
        T("plan_who", "Who does it?"),
        *(Option(f"p_{key}", name) for key, name in facts.colleagues),
        free=False,
    )
    when = yield from choice(
        "plan_when",
        T("plan_when", "When is it ready?"),
        Option("this_week", T("b_this_week", "This week")),
        Option("two_weeks", T("b_two_weeks", "In two weeks")),
        Option("four_weeks", T("b_four_weeks", "In four weeks")),
        free=False,
    )
    weeks = {"this_week": 0, "two_weeks": 2, "four_weeks": 4}[when.option]
    return who.option.removeprefix("p_"), friday + timedelta(weeks=weeks)


def measure(facts: Facts) -> Flow[Entry]:
    given = yield from choice(
        "measure",
        T("measure", "<b>Measure {ref}</b>\nWhat do we do for this client?", ref=_ref(facts)),
        *MEASURES,
        NOT_NEEDED,
    )
    if given.option == "not_needed":
        reason = yield from words("no_measure_reason", T("why_none", "Why is none needed?"))
        return Entry("no_measure", {"reason": reason.text})
    code = given.option or "other"
    what = given.text
    if not what:
        told = yield from words(
            "measure_what",
            T("measure_what", "What exactly? One sentence is enough."),
            *(() if code == "other" else (SKIP,)),
        )
        what = told.text
    owner, due = yield from plan(facts)
    return Entry("measure", {"code": code, "what": what, "owner": owner, "due": due.isoformat(), "kind": "corrective"})


def kind(facts: Facts) -> Flow[Entry]:
    """Structural or incidental, with the look-alikes beside the question (R23)."""
    given = yield from choice(
        "kind",
        T(
            "kind",
            "Can this happen to others?\nOther complaints with this topic and cause in 12 months: {n_similar}.",
            n_similar=facts.similar,
        ),
        *KINDS,
        free=False,
    )
    reason = yield from words("kind_reason", T("kind_reason", "Why do you think so? One sentence is enough."), SKIP)
    return Entry("judged", {"kind": given.option, "reason": reason.text})


def prevent(facts: Facts) -> Flow[Entry]:
    what = yield from words(
        "prevent", T("prevent", "<b>Prevent {ref}</b>\nWhat do we change?", ref=_ref(facts)), NOT_NEEDED
    )
    if what.option:
        reason = yield from words("no_prevention_reason", T("why_none", "Why is none needed?"))
        return Entry("no_prevention", {"reason": reason.text})
    owner, due = yield from plan(facts)
    return Entry(
        "measure", {"code": "other", "what": what.text, "owner": owner, "due": due.isoformat(), "kind": "preventive"}
    )


def heard(facts: Facts) -> Flow[Entry]:
    """The account of the person complained about, recorded as theirs (hoor en wederhoor)."""
    given = yield from words(
        "heard",
        T("heard", "What does the colleague concerned say? Write it in their words."),
        Option("not_heard", T("b_not_heard", "Not heard, because…")),
    )
    if given.option:
        reason = yield from words("not_heard_reason", T("why_not_heard", "Why was the other side not heard?"))
        return Entry("not_heard", {"reason": reason.text})
    return Entry("heard", {"text": given.text})


def note(facts: Facts) -> Flow[Entry]:
    given = yield from words(
        "note", T("note", "What do you want to note with {ref}? The client does not see this.", ref=_ref(facts))
    )
    return Entry("note", {"text": given.text})


def rubric(facts: Facts) -> Flow[Entry]:
    given = yield from choice(
        "rubric",
        T("rubric_ask", "Which topic fits complaint {ref} best?", ref=_ref(facts)),
        *(Option(r.code, facts.firm.rubric(r.code)) for r in facts.firm.rubrics),
        free=False,
    )
    return Entry("rubric", {"rubric": given.option})


RESULTS = (
    Option("solved", T("b_solved", "Yes, solved")),
    Option("partly", T("b_partly", "Partly")),
    Option("not_solved", T("b_not_solved", "No")),
)


def outcome(facts: Facts) -> Flow[Entry | None]:
    """The outcome, with a preview and a deliberate send. None: not yet."""
    case = facts.case
    assert case is not None
    looked = yield from words(
        "looked_at", T("looked_at", "<b>Outcome {ref}</b>\nWhat did you look at?", ref=_ref(facts))
    )
    measures = "; ".join(m.what or "" for m in case.corrective if m.what)
    for_you = yield from words(
        "for_you",
        T("for_you", "What do we do for the client? Write it to them."),
        *((Option("as_recorded", T("b_as_recorded", "As recorded")),) if measures else ()),
    )
    change = yield from words(
        "change_text",
        T("change_text", "What do we change, so that it does not happen again?"),
        Option("nothing", T("b_no_change", "Nothing for now")),
    )
    personal = yield from words(
        "personal", T("personal", "A personal line to the client? For example an apology."), SKIP
    )
    result = yield from choice("result", T("result", "Did we reach a solution together?"), *RESULTS, free=False)
    told = {
        "looked_at": looked.text,
        "for_you": for_you.text or measures,
        "change": change.text,
        "personal": personal.text,
    }
    shown: dict[str, Field] = {**told, "change": change.text or T("no_change", "Nothing for now.")}
    sure = yield from choice(
        "preview",
        T(
            "preview",
            "<b>The client will get</b>\n\n{outcome_text}\n\nNot sent yet.",
            outcome_text=outcome_text(facts, case, shown),
        ),
        Option("send", T("b_send_outcome", "Send"), "success"),
        Option("adjust", T("b_adjust", "Adjust")),
        Option("later", T("b_not_yet", "Not yet")),
        free=False,
        numbered=False,
    )
    if sure.option == "later":
        return None
    if sure.option == "adjust":
        what = yield from choice(
            "adjust",
            T("adjust", "What do you want to adjust?"),
            Option("looked_at", T("line_looked_at", "What we looked at")),
            Option("for_you", T("line_for_you", "What we do for the client")),
            Option("change_text", T("line_change", "What we change")),
            Option("personal", T("line_personal", "The personal line")),
            free=False,
        )
        raise Again((what.option,), ("preview", "adjust"))
    return Entry("proposed", {"result": result.option, **told})


def outcome_gate(office: Office, case: Case | None, arg: str) -> Acts:
    """An outcome needs a cause, a measure (or why none) and structural or incidental first."""
    assert case is not None
    lacking = missing(case, BEFORE_OUTCOME)
    if case.status != "analysis":
        return (
            Tell(
                office.facts.actor.id,
                T("outcome_not_now", "The outcome of {ref} was sent already.", ref=Number(case.number)),
                case=case.number,
            ),
        )
    return block(office, case, lacking) if lacking else (Begin("outcome", case.number),)


def close(office: Office, case: Case | None, arg: str) -> Acts:
    """Close, or say exactly what is missing with a button for each."""
    assert case is not None
    lacking = missing(case)
    if not case.open:
        return (
            Tell(
                office.facts.actor.id,
                T("closed_already", "{ref} is closed already.", ref=Number(case.number)),
                case=case.number,
            ),
        )
    if lacking:
        return block(office, case, lacking)
    how = {"agreed": "agreed", "disagreed": "not_agreed"}.get(case.status, "no_answer")
    return (File(case.number, Happened("closed", office.facts.now, office.facts.actor.key, {"how": how})),)


def block(office: Office, case: Case, lacking: tuple[Need, ...]) -> Acts:
    return (
        Tell(
            office.facts.actor.id,
            T(
                "block",
                "Still needed for {ref}: {missing}.",
                ref=Number(case.number),
                missing=Lines(tuple(need.text for need in lacking), by="; "),
            ),
            tuple((Press(need.text, need.command, case.number),) for need in lacking),
            case.number,
        ),
    )
