"""The mediator decides: measures, promises, structural or incidental, the outcome, more time, and closing.

What each answer does to the case stands in case.py; who may, in steps.py. The surprising truth: a measure asks only
what the procedure needs of its kind, and every one of those questions can be skipped but those the law asks.
"""

from __future__ import annotations

from datetime import date, timedelta

from handlers.acts import Acts, Begin, File, Office, Press, Tell
from handlers.conversation import Again, Flow, Invalid, Option
from handlers.facts import Facts
from handlers.mediator.card import KINDS
from handlers.mediator.talks import NOT_NEEDED, Entry, in_their_language, record, record_alone, ref_of, seen_first
from handlers.notices.delay import extended_text, longer_text
from handlers.notices.ending import outcome_text
from handlers.phrases import decimal
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened
from handlers.procedure.independence import named_in
from handlers.procedure.measures import FACTS, MEASURES, Fact, label
from handlers.procedure.steps import BEFORE_OUTCOME, Need, can, may_read, missing
from handlers.questions import SKIP, choice, coming_day, to_be_sure, words
from handlers.texts import Field, In, Lines, Number, T, Text

OTHER_MOMENT = Option("elsewise", T("b_elsewise", "Someone else, or later"))


def friday(facts: Facts) -> date:
    return facts.today + timedelta(days=(4 - facts.today.weekday()) % 7)


def when(facts: Facts) -> Flow[date]:
    """A day from today on: three buttons, or typed."""
    given, day = yield from coming_day(
        "plan_when",
        T("plan_when", "When is it ready? Choose, or type a day."),
        facts.names,
        facts.today,
        Option("this_week", T("b_this_week", "This week")),
        Option("two_weeks", T("b_two_weeks", "In two weeks")),
        Option("four_weeks", T("b_four_weeks", "In four weeks")),
    )
    weeks = {"this_week": 0, "two_weeks": 2, "four_weeks": 4}
    return day or friday(facts) + timedelta(weeks=weeks[given.option])


def plan(facts: Facts) -> Flow[tuple[str, date]]:
    """Who does it and when: "me, this week" is one button. The owner is a colleague's key, or a name as typed."""
    given = yield from choice(
        "plan",
        T("plan", "Who does it, and when is it ready?"),
        Option("me_week", T("b_me_week", "Me, this week")),
        Option("me_today", T("b_me_today", "Me, today")),
        OTHER_MOMENT,
        free=False,
    )
    if given.option == "me_week":
        return facts.actor.key, friday(facts)
    if given.option == "me_today":
        return facts.actor.key, facts.today
    who = yield from words(
        "plan_who",
        T("plan_who", "Who does it? Choose, or type a name."),
        *(Option(f"p_{person.key}", person.name) for person in facts.able),
    )
    day = yield from when(facts)
    return who.option.removeprefix("p_") or who.text, day


def facts_of(
    facts: Facts, code: str, planned: bool = False, known: tuple[tuple[str, str], ...] = ()
) -> Flow[tuple[tuple[str, str], ...]]:
    """What the procedure wants to know of a measure of this kind, one question each; when planned only the first.
    Once it is done also what it could not be planned without, should it not be *known*."""
    told: list[tuple[str, str]] = []
    for fact in FACTS.get(code, ()):
        lacking = not planned and fact.must and fact.name not in dict(known)
        if not (fact.planned == planned or lacking) or not fact.wanted(dict(told)):
            continue
        said = yield from _told(facts, fact)
        if fact.name == "consent" and said == "#no":
            raise Invalid(
                T("err_no_consent", "Without the client's yes we do not speak to the referrer. Ask the client.")
            )
        if fact.name == "moved_to" and _same_fitter(facts, said, dict(told).get("old_fitter", "")):
            raise Invalid(T("err_same_fitter", "That is the same fitter, or the one it is about. Name another fitter."))
        if said:
            told.append((fact.name, said))
    return tuple(told)


def _same_fitter(facts: Facts, new: str, old: str) -> bool:
    """Is it who fits the client now, or a colleague whom the complaint is about?"""
    people, barred = facts.firm.people, facts.case.barred if facts.case else frozenset()
    return new.casefold().strip() == old.casefold().strip() or bool(
        named_in(new, people) & (barred | named_in(old, people))
    )


def _told(facts: Facts, fact: Fact) -> Flow[str]:
    if fact.options:
        given = yield from choice(fact.name, fact.text, *fact.options, free=not fact.must)
    else:
        people = [Option(f"p_{one.key}", one.name) for one in facts.firm.people] if fact.people else []
        given = yield from words(fact.name, fact.text, *people, *(() if fact.must else (SKIP,)))
    if given.option.startswith("p_"):
        return facts.firm.name_of(given.option.removeprefix("p_"))
    if given.option == SKIP.name:
        return ""
    return f"#{given.option}" if given.option else given.text


def measure(facts: Facts) -> Flow[Entry]:
    given = yield from choice(
        "measure",
        T("measure", "<b>Measure {ref}</b>\nWhat do we do for this client?", ref=ref_of(facts)),
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
    known = yield from facts_of(facts, code, planned=True)
    owner, due = yield from plan(facts)
    about = {"code": code, "what": what, "owner": owner, "due": due.isoformat(), "kind": "corrective", "facts": known}
    return Entry("measure", about)


def done(facts: Facts) -> Flow[Entry | None]:
    """A measure is carried out: which, what the procedure asks of its kind, and what came of it."""
    case = facts.case
    assert case is not None
    which = T("done_which", "<b>Done {ref}</b>\nWhich measure is carried out?", ref=ref_of(facts))
    index = yield from _waiting("done_which", which, case)
    if index is None:
        return None
    known = yield from facts_of(facts, case.measures[index].code, known=case.measures[index].facts)
    result = yield from words(
        "done_result",
        T("done_result", "What came of it? One sentence is enough.\n{measure}", measure=label_of(case, index)),
        Option("fine", T("b_done_fine", "It is done")),
    )
    said = "; ".join(
        [result.text, *(text for name, text in known if name != "old_fitter" and text[:1] not in {"", "#"})]
    ).strip("; ")
    return Entry("done", {"measure": index, "result": said, "facts": [list(pair) for pair in known]})


def _waiting(name: str, question: Text, case: Case) -> Flow[int | None]:
    """Which of the measures that wait; not asked where there is one. None: there is none."""
    waiting = {f"m_{n}": n for n, measure in enumerate(case.measures) if measure.waits}
    if len(waiting) < 2:
        return next(iter(waiting.values()), None)
    labels = (Option(option, label_of(case, n)) for option, n in waiting.items())
    which = yield from choice(name, question, *labels, free=False)
    return waiting[which.option]


def replan(facts: Facts) -> Flow[Entry | None]:
    """A measure that waits gets another owner or day, or is taken back with the reason; what was planned stays in the
    history (L27)."""
    case = facts.case
    assert case is not None
    which = T("replan_which", "<b>Change {ref}</b>\nWhich measure do you want to change?", ref=ref_of(facts))
    index = yield from _waiting("replan_which", which, case)
    if index is None:
        return None
    measure = case.measures[index]
    how = yield from choice(
        "replan",
        T("replan", "What changes?\n{measure}", measure=label_of(case, index)),
        Option("plan", T("b_replan_plan", "Who does it, or the day")),
        Option("drop", T("b_replan_drop", "Take it back, because…")),
        free=False,
    )
    stands = {"measure": index, "kind": measure.kind, "code": measure.code, "what": measure.what}
    if how.option == "drop":
        why = yield from words("drop_why", T("drop_why", "Why is it taken back? One sentence is enough."))
        due = measure.due.isoformat() if measure.due else None
        return Entry("measure", {**stands, "owner": measure.owner, "due": due, "reason": why.text})
    owner, day = yield from plan(facts)
    return Entry("measure", {**stands, "owner": owner, "due": day.isoformat()})


def finished(office: Office, case: Case | None, entry: Entry | None) -> Acts:
    """The card is for who may read the case; the owner of a measure only hears that it is recorded."""
    assert case is not None
    return (record if may_read(office.facts.actor, case) else record_alone)(office, case, entry)


def label_of(case: Case, index: int) -> Field:
    """A measure as a button or line: its kind and the first words of what it is."""
    measure = case.measures[index]
    kind = next(option.label for option in MEASURES if option.name == measure.code)
    return T("measure_label", "{kind}: {what}", kind=kind, what=measure.what[:60]) if measure.what else kind


def done_gate(office: Office, case: Case | None, arg: str) -> Acts:
    assert case is not None
    return _gate("done", office, case)


def replan_gate(office: Office, case: Case | None, arg: str) -> Acts:
    assert case is not None
    return _gate("replan", office, case)


def _gate(talk: str, office: Office, case: Case) -> Acts:
    if not any(measure.waits for measure in case.measures):
        text = T("nothing_waits", "No measure of {ref} is waiting.", ref=Number(case.number))
        return (Tell(office.facts.actor.id, text, case=case.number),)
    return (Begin(talk, case.number, fresh=True),)


def promise(facts: Facts) -> Flow[Entry | None]:
    """Something we told the client we would do: it has a day, reminds, and shows as kept or missed."""
    what = yield from words(
        "promise",
        T("to_reader", "{question}{language}", language=in_their_language(facts),
          question=T("promise", "<b>Promise {ref}</b>\nWhat did you promise the client?", ref=ref_of(facts))),
    )  # fmt: skip
    day = yield from when(facts)
    seen = T("promise_sure", "<b>The client will get</b>\nWe promise you, by {day}:\n{what}\nNot sent yet.",
             day=day, what=what.text)  # fmt: skip
    if not (yield from to_be_sure("promise_sure", seen, "promise")):
        return None
    return Entry("promised", {"what": what.text, "due": day.isoformat(), "owner": facts.actor.key})


def keep(office: Office, case: Case | None, arg: str) -> Acts:
    """A promise was kept or not: `keep NUMBER INDEX yes`."""
    assert case is not None
    index, _, kept = arg.replace(":", " ").partition(" ")
    may = may_read(office.facts.actor, case)  # to whom it is only offered, it does not say what was promised
    waiting = [n for n, promise in enumerate(case.promises) if may and not promise.kept]
    if index.isdecimal() and int(index) in waiting and kept in {"yes", "no"}:
        event = Happened(
            "promise_kept", office.facts.now, office.facts.actor.key, {"promise": int(index), "kept": kept}
        )
        said = T("recorded", "Recorded with {ref}.", ref=Number(case.number))
        return (File(case.number, event), Tell(office.facts.actor.id, said, case=case.number))
    if not waiting:
        text = T("no_promise", "No promise is open for {ref}.", ref=Number(case.number))
        return (Tell(office.facts.actor.id, text, case=case.number),)
    return tuple(promise_question(case, n, office.facts.actor.id) for n in waiting)


def promise_question(case: Case, index: int, to: int | str) -> Tell:
    promise = case.promises[index]
    return Tell(
        to,
        T(
            "promise_kept",
            "<b>{ref}</b>: you promised the client this by {due}:\n{what}\nWas it kept?",
            ref=Number(case.number),
            due=promise.due,
            what=promise.what,
        ),
        (
            (
                Press(T("b_kept", "Yes, kept"), "keep", f"{case.number}:{index} yes"),
                Press(T("b_missed", "No"), "keep", f"{case.number}:{index} no"),
            ),
        ),
        case.number,
    )


SAME = {
    "cause": T("same_cause", "The same cause"),
    "device": T("same_device", "The same product"),
    "lot": T("same_lot", "The same order or lot"),
    "supplier": T("same_supplier", "The same supplier"),
    "about": T("same_colleague", "About the same colleague"),
}


def in_common(facts: Facts) -> Field:
    """What this case shares with others of its topic. Counts, and what chance gives; the conclusion is a person's."""
    if facts.case is None or facts.case.cause is None:
        return T("kind_no_cause", "Record the cause first to see complaints that are alike.")
    lines = (
        T("kind_alike", "{what}: {seen}. Chance alone would give {expected}.", what=SAME[trait], seen=alike.seen,
          expected=decimal(facts, alike.expected))
        for trait, alike in facts.alike().items()
    )  # fmt: skip
    return T("kind_common", "Others in 12 months with the same topic and also:\n{lines}", lines=Lines(tuple(lines)))


def kind(facts: Facts) -> Flow[Entry]:
    """Structural or incidental, with the look-alikes beside it and the reason (R23). They stand beside the reason too,
    because /structural and /incidental come there at once."""
    alike = in_common(facts)
    given = yield from choice("kind", T("kind", "Can this happen to others?\n{alike}", alike=alike), *KINDS, free=False)
    why = T("kind_reason", "{alike}\n{kind}. Why do you think so? One sentence is enough.", alike=alike,
            kind=label(given.option, KINDS).label)  # fmt: skip
    reason = yield from words("kind_reason", why)
    return Entry("judged", {"kind": given.option, "reason": reason.text})


def prevent(facts: Facts) -> Flow[Entry]:
    what = yield from words(
        "prevent", T("prevent", "<b>Prevent {ref}</b>\nWhat do we change?", ref=ref_of(facts)), NOT_NEEDED
    )
    if what.option:
        reason = yield from words("no_prevention_reason", T("why_none", "Why is none needed?"))
        return Entry("no_prevention", {"reason": reason.text})
    owner, due = yield from plan(facts)
    about = {"code": "other", "what": what.text, "owner": owner, "due": due.isoformat(), "kind": "preventive"}
    return Entry("measure", about)


# The outcome ---------------------------------------------------------------------------------------------

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
        "looked_at",
        T(
            "looked_at",
            "<b>Outcome {ref}</b>\nWhat did you look at?{language}",
            ref=ref_of(facts),
            language=in_their_language(facts),
        ),
    )
    same = case.language == facts.actor.language  # what was recorded in another language is no text for this client
    recorded = case.cause.text if case.cause and same else ""
    wrong = yield from words(
        "went_wrong",
        T(
            "went_wrong",
            "What went wrong? Write it to the client.\nRecorded as cause: {cause}",
            cause=case.cause.text if case.cause else "–",
        ),
        *((Option("as_recorded", T("b_as_recorded", "As recorded")),) if recorded else ()),
    )
    measures = "; ".join(m.what for m in case.corrective if m.what and same)
    for_you = yield from words(
        "for_you",
        T("for_you", "What do we do for the client? Write it to them."),
        *((Option("as_recorded", T("b_as_recorded", "As recorded")),) if measures else ()),
    )
    judgement = ""
    if case.road == "judge":
        judged = yield from words(
            "judgement",
            T("judgement", "The client chose a judgement in writing. What do you find, and why? The client reads it."),
        )
        judgement = judged.text
    planned = "; ".join(m.what for m in case.preventive if m.what and same)
    change = yield from words(
        "change_text",
        T("change_text", "What do we change, so that it does not happen again?"),
        *((Option("as_recorded", T("b_as_recorded", "As recorded")),) if planned else ()),
        Option("nothing", T("b_no_change", "Nothing for now")),
    )
    personal = yield from words(
        "personal", T("personal", "A personal line to the client? For example an apology."), SKIP
    )
    result = yield from choice("result", T("result", "Did we reach a solution together?"), *RESULTS, free=False)
    told = {
        "looked_at": looked.text,
        "went_wrong": wrong.text or recorded,
        "for_you": for_you.text or measures,
        "change": change.text or (planned if change.option == "as_recorded" else ""),
        "personal": personal.text,
        "judgement": judgement,
    }
    sure = yield from choice(
        "preview",
        T(
            "preview",
            "<b>The client will get</b>\n\n{outcome_text}\n\nNot sent yet.",
            outcome_text=In(case.language, outcome_text(facts, case, told)),
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
            Option("went_wrong", T("line_went_wrong", "What went wrong")),
            Option("for_you", T("line_for_you", "What we do for the client")),
            *((Option("judgement", T("line_judgement", "Our judgement")),) if judgement else ()),
            Option("change_text", T("line_change", "What we change")),
            Option("personal", T("line_personal", "The personal line")),
            free=False,
        )
        raise Again((what.option,), ("preview", "adjust"))
    return Entry("proposed", {"result": result.option, **told})


def outcome_gate(office: Office, case: Case | None, arg: str) -> Acts:
    """An outcome needs a topic, a cause, a measure (or why none) and structural or incidental first."""
    assert case is not None
    lacking = missing(case, BEFORE_OUTCOME)
    if case.outcome is not None and case.status != "analysis":
        text = T("outcome_not_now", "The outcome of {ref} was sent already.", ref=Number(case.number))
        return (Tell(office.facts.actor.id, text, case=case.number),)
    if lacking and can(office.facts.actor, "cause", case):
        return block(office, case, lacking)
    return (Begin("outcome", case.number),)


# More time (L26) -----------------------------------------------------------------------------------------


def extend(facts: Facts) -> Flow[Entry | None]:
    """Once at most four weeks, with a reason the client reads; once more only if the client says it is fine."""
    case = facts.case
    assert case is not None
    again = case.extended_to is not None
    given, day = yield from coming_day(
        "extend",
        T(
            "extend",
            "<b>More time for {ref}</b>\nUntil when? Now the outcome is due by {decide_by}.",
            ref=ref_of(facts),
            decide_by=deadlines.outcome_by(case, facts.firm.terms, facts.zone),
        ),
        facts.names,
        facts.today,
        *(
            Option(f"w{n}", T("b_weeks_more", "{n} weeks more", n=n) if n > 1 else T("b_week_more", "1 week more"))
            for n in (1, 2, 4)
        ),
    )
    now = deadlines.outcome_by(case, facts.firm.terms, facts.zone)
    until = day or now + timedelta(weeks=int(given.option.removeprefix("w")))
    last = deadlines.first_outcome_by(case, facts.firm.terms, facts.zone)
    last += timedelta(weeks=deadlines.EXTENSION_WEEKS)
    if facts.today > now:  # the question may have waited for days
        raise Invalid(T("extend_too_late", "The date of {ref} is past. Call the client and send the outcome soon.",
                        ref=ref_of(facts)))  # fmt: skip
    if until <= now:
        raise Invalid(T("err_extend_early", "Choose a day after {now}.", now=now))
    if not again and until > last:
        raise Invalid(T("err_extend_late", "At most {weeks} weeks: until {last}.",
                        weeks=deadlines.EXTENSION_WEEKS, last=last))  # fmt: skip
    reason = yield from words(
        "extend_why",
        T("to_reader", "{question}{language}", language=in_their_language(facts),
          question=T("extend_why", "Why is more time needed? The client reads your reason.")),
    )  # fmt: skip
    told = (longer_text if again else extended_text)(case, until, reason.text)
    if not (yield from seen_first(facts, "extend_sure", told, "extend", "extend_why")):
        return None
    kind = "longer_asked" if again else "extended"
    return Entry(kind, {"until": until.isoformat(), "reason": reason.text})


def extend_gate(office: Office, case: Case | None, arg: str) -> Acts:
    """Only before the date is past: afterwards it would excuse a lateness that is there already."""
    assert case is not None
    facts = office.facts
    if facts.today > deadlines.outcome_by(case, facts.firm.terms, facts.zone):
        text = T("extend_too_late", "The date of {ref} is past. Call the client and send the outcome soon.",
                 ref=Number(case.number))  # fmt: skip
        return (Tell(facts.actor.id, text, case=case.number),)
    return (Begin("extend", case.number, fresh=True),)


# Closing -------------------------------------------------------------------------------------------------

HOW = {"analysis": "signal", "agreed": "agreed", "disagreed": "not_agreed", "verdict": "verdict"}


def close(office: Office, case: Case | None, arg: str) -> Acts:
    """Close, or say exactly what is missing with a button for each."""
    assert case is not None
    if not case.open:
        text = T("closed_already", "{ref} is closed already.", ref=Number(case.number))
        return (Tell(office.facts.actor.id, text, case=case.number),)
    lacking = missing(case)
    if lacking and can(office.facts.actor, "note", case):
        return block(office, case, lacking)
    how = HOW.get(case.status, "no_answer")
    return (File(case.number, Happened("closed", office.facts.now, office.facts.actor.key, {"how": how})),)


def block(office: Office, case: Case, lacking: tuple[Need, ...]) -> Acts:
    """What is missing, with a button for what can be done about it; what can only be waited for has none."""
    return (
        Tell(
            office.facts.actor.id,
            T(
                "block",
                "Still needed for {ref}: {missing}.",
                ref=Number(case.number),
                missing=Lines(tuple(need.text for need in lacking), by="; "),
            ),
            tuple((Press(need.text, need.command, case.number),) for need in lacking if need.command),
            case.number,
        ),
    )
