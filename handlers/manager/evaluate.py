"""The evaluation: does a topic need additional action? Signals put the question, a manager answers it.

The statistics live in procedure/signals.py; here they become a sentence and a decision that stays visible. The
surprising truth: no signal concludes anything. It only says that the numbers would be unusual if nothing had changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.acts import Acts, Begin, Office, Press, Rows, Tell
from handlers.conversation import Flow, Option
from handlers.facts import Facts
from handlers.mediator.deciding import when
from handlers.phrases import decimal
from handlers.procedure.case import Case
from handlers.procedure.signals import Signal, signals
from handlers.questions import choice, words
from handlers.texts import Field, Lines, T, Text

LOOKED_BACK = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Decision:
    """Is additional action needed in a topic, why, and what (R16)."""

    rubric: str
    needed: str
    ground: str
    action: str
    due: str


def decide(facts: Facts) -> Flow[Decision]:
    rubrics = facts.firm.rubrics
    which = yield from choice(
        "evaluate_rubric",
        T("evaluate_which", "Which topic do you evaluate?"),
        *(Option(r.code, facts.firm.rubric(r.code)) for r in rubrics),
        free=False,
    )
    needed = yield from choice(
        "evaluate",
        T("evaluate", "<b>{topic}</b>\nIs additional action needed?", topic=facts.firm.rubric(which.option)),
        Option("yes", T("b_yes", "Yes")),
        Option("no", T("b_no", "No")),
        free=False,
    )
    ground = yield from words("evaluate_ground", T("evaluate_ground", "What is that based on?"))
    if needed.option == "no":
        return Decision(which.option, "no", ground.text, "", "")
    action = yield from words("evaluate_action", T("evaluate_action", "What do we do?"))
    due = yield from when(facts)
    return Decision(which.option, "yes", ground.text, action.text, due.isoformat())


def decided(office: Office, case: Case | None, made: Decision) -> Acts:
    facts = {"needed": made.needed, "ground": made.ground, "action": made.action, "due": made.due}
    office.decide(made.rubric, facts)
    text = T(
        "evaluated", "Recorded. It stands below {topic} in the summary.", topic=office.facts.firm.rubric(made.rubric)
    )
    return (Tell(office.facts.actor.id, text),)


def evaluate(office: Office, case: Case | None, arg: str) -> Acts:
    """All topics with a signal or a decision, and the question for one of them."""
    facts = office.facts
    if arg in {rubric.code for rubric in facts.firm.rubrics}:
        return (Begin("evaluate", "evaluate", fresh=True, given=(("evaluate_rubric", arg),)),)
    found = seen(office)
    lines = [signal_line(facts, rubric, told) for rubric, told in found.items()]
    for rubric in facts.firm.rubrics:
        if (line := decision_line(office, rubric.code)) is not None:
            lines.append(T("evaluate_row", "{topic}: {decision}", topic=facts.firm.rubric(rubric.code), decision=line))
    shown = Lines(tuple(lines)) if lines else T("no_signals", "Nothing unusual, and no decision yet.")
    text = T("evaluate_list", "<b>Evaluation per topic</b>\n{lines}", lines=shown)
    rows: Rows = tuple((Press(facts.firm.rubric(code), "evaluate", code),) for code in found)
    return (Tell(facts.actor.id, text, (*rows, (Press(T("b_evaluate_one", "Evaluate a topic"), "decide"),))),)


def seen(office: Office) -> Mapping[str, Sequence[Signal]]:
    """The topics whose numbers are unusual now, with what was seen."""
    since = (office.facts.today - LOOKED_BACK).replace(day=1)
    history = office.months(since)
    length = max((len(counts) for counts in history.values()), default=0)
    if not length:
        return {}
    # Before the first complaint there was no bot: its launch must not look like a deterioration. That an older register
    # was imported changes nothing about it: people write to a bot what they never put on paper.
    first = next((n for n in range(length) if any(counts[n] for counts in history.values())), length)
    if (begun := office.begun()) is not None:
        first = max(first, (begun.year - since.year) * 12 + begun.month - since.month + 1)  # its first whole month
    restarted = {rubric: max(first, _decided_in(office, rubric, since)) for rubric in history}
    found: dict[str, list[Signal]] = {}
    for signal in signals(history, restarted):
        found.setdefault(signal.rubric, []).append(signal)
    return found


def _decided_in(office: Office, rubric: str, since: date) -> int:
    """The month after the last decision, as a place in the history: a decision starts the count anew."""
    made = office.decisions(rubric)
    if not made:
        return 0
    day = date.fromisoformat(str(made[0]["at"])[:10])
    return max(0, (day.year - since.year) * 12 + day.month - since.month + 1)


def standing(office: Office, rubrics: Iterable[str]) -> Field:
    """What stands out in these topics and what was decided about them; it stays below the numbers."""
    found, facts, lines = seen(office), office.facts, list[Field]()
    for rubric in rubrics:
        if rubric in found:
            lines.append(signal_line(facts, rubric, found[rubric]))
        if (line := decision_line(office, rubric)) is not None:
            lines.append(T("evaluate_row", "{topic}: {decision}", topic=facts.firm.rubric(rubric), decision=line))
    return T("summary_standing", "\n\n<b>Evaluation</b>\n{lines}", lines=Lines(tuple(lines))) if lines else ""


def undone(office: Office) -> list[Text]:
    """What was decided to be done by a day that is past: until a next decision says how it stands."""
    facts, found = office.facts, list[Text]()
    for rubric in facts.firm.rubrics:
        last = next(iter(office.decisions(rubric.code)), None)
        if last is None or last["needed"] == "no" or str(last["due"]) >= facts.today.isoformat():
            continue
        found.append(T("late_decision", "{topic}: action due by {day}: {action}", topic=facts.firm.rubric(rubric.code),
                       day=date.fromisoformat(str(last["due"])), action=str(last["action"])))  # fmt: skip
    return found


def signal_line(facts: Facts, rubric: str, told: Sequence[Signal]) -> Text:
    one = max(told, key=lambda signal: signal.seen)
    return T(
        "signal",
        "<b>{topic}</b>: {seen} in the last months, where {expected} was to be expected. Decide if action is needed.",
        topic=facts.firm.rubric(rubric),
        seen=one.seen,
        expected=decimal(facts, one.expected),
    )


def decision_line(office: Office, rubric: str) -> Field | None:
    """The last decision about a topic, as it stays visible in the summary."""
    made = office.decisions(rubric)
    if not made:
        return None
    last = made[0]
    about: dict[str, Field] = {
        "day": date.fromisoformat(str(last["at"])[:10]), "by": office.facts.firm.name_of(str(last["by"])),
        "ground": str(last["ground"]),
    }  # fmt: skip
    if last["needed"] == "no":
        return T("decision_no", "no action needed, {by}, {day}: {ground}", **about)
    due = date.fromisoformat(str(last["due"]))
    return T(
        "decision_yes",
        "action by {due}: {action} ({by}, {day}: {ground})",
        action=str(last["action"]),
        due=due,
        **about,
    )
