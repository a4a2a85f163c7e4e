"""The card of a case: everything a mediator needs on one screen, and a button for every next step."""

from __future__ import annotations

from handlers.acts import Office, Press, Rows, Tell
from handlers.client import intake
from handlers.conversation import Attachment, Option
from handlers.phrases import STATUSES, decide_by
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Measure
from handlers.procedure.measures import CAUSES, FACTS, MEASURES, label, said
from handlers.procedure.steps import APART, Actor, can, known_whose, missing
from handlers.procedure.unclear import unclear
from handlers.texts import Field, Lines, Number, Quote, T, Text

KINDS = (
    Option("incidental", T("b_incidental", "Incident: happened once")),
    Option("structural", T("b_structural", "Structural: can recur")),
)
AUTHORITIES = {
    "#spoken": T("b_authority_spoken", "The client told us"),
    "#written": T("b_authority_written", "There is a signed paper"),
    "#legal": T("b_authority_legal", "Legal representative"),
    "#kin": T("b_authority_kin", "Next of kin"),
}


def measure_kind(measure: Measure) -> Field:
    return label(measure.code, MEASURES).label


def tell(office: Office, case: Case, to: int | str, in_place: bool = False, short: bool = False) -> Tell:
    """The whole card with its files; `short`, after something was recorded, only what is known and what is left."""
    files = () if in_place or short else files_of(case)
    return Tell(
        to,
        brief(office, case) if short else text(office, case),
        buttons(case),
        case.number,
        in_place=in_place,
        files=tuple((file.telegram, file.kind) for file in files),
    )


def files_of(case: Case) -> tuple[Attachment, ...]:
    added = (file for words in case.added for file in words.files)
    return (*case.complaint.files, *added, *(file for _, _, files in case.notes for file in files))


def buttons(case: Case) -> Rows:
    """What can be done now, the likeliest first; the rest stands behind "More"."""
    n = case.number
    if not case.open:
        return ((Press(T("b_note", "Note"), "note", n), Press(T("b_more", "More"), "more", n)),)
    if case.status in {"received", "assigned"}:
        return (
            (Press(T("b_take", "Take it"), "take", n, "primary"),),
            (Press(T("b_assign_other", "Give it to somebody"), "assign", n),),
            (Press(T("b_note", "Note"), "note", n), Press(T("b_more", "More"), "more", n)),
        )
    last = Press(T("b_outcome", "Outcome"), "outcome", n, "primary")
    if case.status != "analysis" or case.signal:
        last = Press(T("b_close", "Close"), "close", n, "primary")
    waiting = Press(T("b_note", "Note"), "note", n)
    if any(measure.waits for measure in case.measures):
        waiting = Press(T("b_done", "Done"), "done", n)
    asking: Rows = ((Press(T("b_ask", "Ask"), "ask", n), Press(T("b_message", "Message"), "message", n)),)
    promising: tuple[Press, ...] = (Press(T("b_promise", "Promise"), "promise", n),)
    if case.signal:  # who wanted no answer gets none
        asking, promising = (), ()
    return (
        *asking,
        (Press(T("b_cause", "Cause"), "cause", n), Press(T("b_measure", "Measure"), "measure", n)),
        (waiting, *promising),
        (Press(T("b_kind", "Incident or structural"), "kind", n),),
        (Press(T("b_prevent", "Prevent"), "prevent", n), Press(T("b_heard", "Hear both"), "heard", n)),
        (last, Press(T("b_more", "More"), "more", n)),
    )


# What a button behind "More" leads to: who may not do that now is not offered it.
LEADS_TO = {
    "rubric": "rubric", "about": "barred", "decline": "declined", "assign": "assigned", "escalate": "note",
    "incident": "reportable", "authority": "authority", "letter": "acknowledged", "verdict": "verdict",
    "merge": "duplicate", "no_complaint": "no_complaint", "reopen": "reopened", "done": "done", "kind": "judged",
    "prevent": "no_prevention", "replan": "measure", "note": "note", "agree": "agreed",
    "disagree": "disagreed", "reply": "answered", "add": "added", "withdraw": "withdrawn",
}  # fmt: skip


def more(case: Case, actor: Actor) -> Rows:
    """The less frequent steps that this person can take in this case now."""

    def possible(press: Press) -> bool:
        if press.do == "extend":
            return any(can(actor, kind, case) for kind in ("extended", "longer_asked"))
        return press.do not in LEADS_TO or can(actor, LEADS_TO[press.do], case)

    rows = (tuple(press for press in row if possible(press)) for row in _more(case))
    return tuple(row for row in rows if row)


def _more(case: Case) -> Rows:
    n = case.number
    if not case.open:
        return (
            (Press(T("b_kind", "Incident or structural"), "kind", n), Press(T("b_prevent", "Prevent"), "prevent", n)),
            (Press(T("b_done", "Done"), "done", n), Press(T("b_dossier", "Note for the file"), "dossier_note", n)),
            *changing(case),
            *(((Press(T("b_incident_long", "Report the incident?"), "incident", n),),) if case.undecided else ()),
            *printed(case),
            *(((Press(T("b_escalate", "To the committee"), "escalate", n),),) if case.closed_as in APART else ()),
            *(((Press(T("b_verdict", "The decision"), "verdict", n),),) if case.verdict else ()),
            (Press(T("b_reopen_staff", "Open again"), "reopen", n),),
        )
    rows: list[tuple[Press, ...]] = [
        (Press(T("b_note", "Note"), "note", n), Press(T("b_rubric", "Topic"), "rubric", n)),
        (Press(T("b_about_whom", "About whom"), "about", n), Press(T("b_extend", "More time"), "extend", n)),
        (
            Press(T("b_pass_on", "Pass on"), "decline", n),
            Press(T("b_assign_other", "Give it to somebody"), "assign", n),
        ),
        (Press(T("b_escalate", "To the committee"), "escalate", n),),
        *changing(case),
    ]
    if case.urgent:
        rows.append((Press(T("b_incident_long", "Report the incident?"), "incident", n),))
    if case.for_somebody_else:
        rows.append((Press(T("b_authority", "Does the client agree?"), "authority", n),))
    if deadlines.owes_letter(case):
        rows.append((Press(T("b_letter", "Make the letter"), "letter", n),))
    if case.status == "referred":
        rows.append((Press(T("b_verdict", "The decision"), "verdict", n, "primary"),))
    if case.status == "verdict":
        rows.append((Press(T("b_verdict", "The decision"), "verdict", n),))
    if case.status in {"received", "assigned", "analysis"}:
        rows.append(
            (
                Press(T("b_merge", "Join to another"), "merge", n),
                Press(T("b_no_complaint", "No complaint"), "no_complaint", n),
            )
        )
    if not case.online:
        rows += spoken_for(case)
    return (*rows, *printed(case))


def changing(case: Case) -> Rows:
    """A measure that waits may get another owner or day, or be taken back."""
    waits = any(measure.waits for measure in case.measures)
    return ((Press(T("b_replan", "Change a measure"), "replan", case.number),),) if waits else ()


def printed(case: Case) -> Rows:
    """What can be had on paper."""
    n = case.number
    first = (Press(T("b_form", "Form (PDF)"), "form", n), Press(T("b_case_file", "Case file (PDF)"), "dossier", n))
    letter, outcome = T("b_letter_pdf", "Letter (PDF)"), T("b_outcome_pdf", "Outcome (PDF)")
    letters = [Press(letter, "letter_pdf", n)] if case.channel in deadlines.WRITTEN else []
    letters += [Press(outcome, "outcome_pdf", n)] if case.outcome else []
    return (first, tuple(letters)) if letters else (first,)


def spoken_for(case: Case) -> list[tuple[Press, ...]]:
    """What a client without Telegram said, written down by who handles the case."""
    n, rows = case.number, list[tuple[Press, ...]]()
    if case.status == "proposed":
        arg = f"{n}:{case.proposals}"
        rows.append((Press(T("b_client_agrees", "Client agrees"), "agree", arg),
                     Press(T("b_client_disagrees", "Client disagrees"), "disagree", arg)))  # fmt: skip
    if case.status == "agreed":
        rows.append((Press(T("b_client_disagrees", "Client disagrees"), "disagree", f"{n}:{case.proposals}"),))
    if case.asked:
        rows.append((Press(T("b_client_answer", "The client's answer"), "reply", n),))
    rows.append(
        (Press(T("b_client_added", "The client adds"), "add", n), Press(T("b_withdraw", "Client stops"), "withdraw", n))
    )
    return rows


def text(office: Office, case: Case) -> Text:
    facts = office.facts
    complaint = intake.overview(facts, case.complaint)
    rubric: Field = facts.firm.rubric(case.rubric) if case.rubric else T("topic_open", "topic not known yet")
    asked = unclear(case)
    return T(
        "card",
        "<b>{ref} · {status}</b>{urgent}\n{rubric} · {product} · {when}\n{term}\n\n"
        "<b>{name}</b>, {contact}\n{story}\n<b>Wants</b> {wish}{clarified}{added}{unclear}\n\n"
        "<b>Recorded</b>{recorded}\n<b>Still to do</b> {todo}",
        ref=Number(case.number),
        status=STATUSES[case.status],
        urgent=T("urgent", "\n<b>Safety: possible danger.</b>") if case.urgent else "",
        rubric=rubric,
        product=complaint["product"],
        when=complaint["when"],
        term=_term(office, case),
        name=complaint["name"],
        contact=_contact(office, case, complaint["contact"]),
        story=complaint["story"],
        wish=complaint["wish"],
        clarified=complaint["besides"],
        added=_added(case),
        unclear=T("card_unclear", "\n<b>Not clear yet</b>\n{questions}", questions=Lines(asked))
        if asked and case.status in {"received", "assigned", "analysis"}
        else "",
        recorded=_recorded(office, case),
        todo=_todo(case),
    )


def _term(office: Office, case: Case) -> Text:
    """Until when the outcome is due, while it is; else where the case stands in time."""
    facts, by = office.facts, decide_by(office, case)
    if case.closed is not None:
        return T("card_closed_on", "Closed on {day}.", day=deadlines.local_day(case.closed, facts.zone))
    if case.referred or case.signal:
        return T("card_nothing_due", "No outcome is due.")
    if not deadlines.owes_outcome(case):
        return T("card_outcome_by", "Outcome by {decide_by}.", decide_by=by)
    left = (by - facts.today).days
    if left < 0:
        return T("card_late", "<b>Late.</b> The outcome was due by {decide_by}.", decide_by=by)
    return T("card_term", "Outcome by {decide_by}. Days left: {days_left}", decide_by=by, days_left=left)


LANGUAGES = {"nl": T("reads_dutch", "reads Dutch"), "en": T("reads_english", "reads English")}


def _contact(office: Office, case: Case, how: Field) -> Field:
    """And in which language to write, when it is not the reader's own."""
    if case.language == office.facts.actor.language or case.language not in LANGUAGES:
        return how
    return T("card_contact", "{how}, {language}", how=how, language=LANGUAGES[case.language])


def brief(office: Office, case: Case) -> Text:
    return T(
        "card_brief",
        "<b>{ref} · {status}</b>\n<b>Recorded</b>{recorded}\n<b>Still to do</b> {todo}",
        ref=Number(case.number),
        status=STATUSES[case.status],
        recorded=_recorded(office, case),
        todo=_todo(case),
    )


def _todo(case: Case) -> Field:
    left = tuple(need.text for need in missing(case) if case.open or need.name == "report")
    return Lines(left, by="; ") if left else T("nothing_to_do", "nothing")


def _added(case: Case) -> Lines:
    known: list[Field] = []
    for words in case.added:
        told: Field = Quote(words.text)
        if words.text == "#extension":
            told = T("no_to_extension", "The client does not agree with more time.")
        if words.question:
            known.append(T("card_answered", "\n<b>Asked</b> {question}\n<b>Answer of {date}</b>\n{words}",
                           question=words.question, date=words.at, words=told))  # fmt: skip
        else:
            known.append(T("card_added", "\n<b>Added on {date}</b>\n{words}", date=words.at, words=told))
    for before, now in case.edited:
        known.append(T("card_edited", "\n<b>Changed by the client</b>\nFirst: {before}\nNow: {now}",
                       before=before, now=now))  # fmt: skip
    return Lines(tuple(known), by="")


def _recorded(office: Office, case: Case) -> Field:
    firm = office.facts.firm
    known: list[Field] = []
    if case.road:
        known.append(T("card_road", "\nThe client chose: {road}.", road=ROADS[case.road]))
    known += [T("card_question", "\nAsked, no answer yet: {question}", question=one.text) for one in case.asked]
    known += [T("card_message", "\nMessage of {date}: {words}", date=at, words=words) for at, words in case.messages]
    if case.authority:
        known.append(
            T("card_authority", "\nThe client agrees: {how}", how=AUTHORITIES.get(case.authority, case.authority))
        )
    if case.about or known_whose(case):
        whom = Lines(tuple(firm.name_of(key) for key in sorted(case.about)), by=", ")
        known.append(T("card_about", "\nAbout: {whom}", whom=whom if case.about else T("about_nobody", "nobody")))
    if case.cause:
        cause = label(case.cause.code, CAUSES).label
        known.append(T("card_cause", "\nCause: {cause}. {words}", cause=cause, words=case.cause.text))
    known += [_measure(office, measure) for measure in case.measures]
    if case.no_measure:
        known.append(T("card_no_measure", "\nNo measure: {words}", words=case.no_measure))
    for promise in case.promises:
        state = {"yes": T("promise_yes", "kept"), "no": T("promise_no", "missed"), "": T("promise_open", "open")}
        known.append(T("card_promise", "\nPromise by {due}: {what} ({state})", due=promise.due, what=promise.what,
                       state=state[promise.kept]))  # fmt: skip
    if case.judged:
        kind = label(case.judged.kind, KINDS).label
        judged = T("card_judged", "\n{kind}. {words}", kind=kind, words=case.judged.reason)
        known.append(judged if case.judged.reason else T("card_judged_only", "\n{kind}.", kind=kind))
    if case.no_prevention:
        known.append(T("card_no_prevention", "\nNo prevention: {words}", words=case.no_prevention))
    told_by = {who for who, _ in case.accounts}
    known += [T("card_account", "\nAsked {name} for an account.", name=firm.name_of(key))
              for key in sorted(case.asked_account - told_by)]  # fmt: skip
    for key, words in case.accounts:
        who = firm.name_of(key) if key else T("other_side", "The other side")
        known.append(T("card_heard", "\n{who}: {words}", who=who, words=words))
    if case.not_heard:
        known.append(T("card_not_heard", "\nOther side not heard: {words}", words=case.not_heard))
    if case.reportable:
        decided = T("report_yes", "reported") if case.reportable[0] == "yes" else T("report_no", "not reported")
        known.append(T("card_report", "\nIncident {decided}: {words}", decided=decided, words=case.reportable[1]))
    if case.extended_to:
        known.append(
            T("card_extended", "\nMore time until {day}: {words}", day=case.extended_to, words=case.extended_why)
        )
    if case.disagreement:
        known.append(T("card_disagreement", "\nClient disagrees: {words}", words=case.disagreement))
    if case.referred:
        known.append(T("card_referred", "\nWith the committee since {day}.", day=case.referred))
    if case.verdict:
        known.append(T("card_verdict", "\nDecision of {day}: {result}. {advice}", day=case.verdict.on,
                       result=VERDICTS[case.verdict.result], advice=case.verdict.advice))  # fmt: skip
    known += [T("card_related", "\nJoined to it: {other}", other=Number(number)) for number in case.related]
    known += [T("card_reopened", "\nOpened again on {date}: {words}", date=event.at, words=str(event.facts["reason"]))
              for event in case.history if event.kind == "reopened"]  # fmt: skip
    if case.closed_why:
        known.append(T("card_closed_why", "\nReason of closing: {words}", words=case.closed_why))
    if case.rating:
        known.append(T("card_rating", "\nSatisfied: {score} of 5. {words}", score=case.rating[0], words=case.rating[2]))
    known += _before(office, case)
    if case.unreachable:
        known.append(T("card_unreachable", "\nNot reachable in Telegram: call or write."))
    for by, words, files in case.notes:
        known.append(T("card_note", "\nNote by {by}: {words}", by=firm.name_of(by),
                       words=words or T("attached", "Attached: {n}", n=len(files))))  # fmt: skip
    return Lines(tuple(known), by="") if known else T("nothing_yet", " nothing yet")


CORRECTED = (
    "cause",
    "judged",
    "rubric",
    "no_measure",
    "no_prevention",
    "not_heard",
    "reportable",
    "authority",
    "verdict",
)


def _before(office: Office, case: Case) -> list[Field]:
    """What was recorded first and then put right: a correction never hides what stood there (L27)."""
    known: list[Field] = []
    for kind in CORRECTED:
        now = None if kind == "reportable" and case.reportable is None else -1  # told again, it is to be decided anew
        for event in [event for event in case.history if event.kind == kind][:now]:
            words: Field = str(event.facts.get("reason") or event.facts.get("text") or event.facts.get("rubric") or "–")
            if kind == "verdict":
                words = VERDICTS[str(event.facts["result"])]
            known.append(T("card_before", "\nRecorded before, on {date}: {words}", date=event.at, words=words))
    for measure in case.measures:
        for since, owner, due in measure.before:
            plan = T("card_plan", "{what} ({owner}, {due})", what=measure.what or measure_kind(measure),
                     owner=office.facts.firm.name_of(owner), due=due or "")  # fmt: skip
            known.append(T("card_before", "\nRecorded before, on {date}: {words}", date=since or "", words=plan))
    return known


def _measure(office: Office, measure: Measure) -> Text:
    about: dict[str, Field] = {
        "what": measure.what, "owner": office.facts.firm.name_of(measure.owner),
        "due": measure.due or T("card_no_day", "no day yet"),
        "measure": measure_kind(measure),
    }  # fmt: skip
    if measure.kind == "preventive":
        known = T("card_preventive", "\nPrevent: {what} ({owner}, {due})", **about)
    else:
        known = T("card_measure", "\nMeasure: {measure}. {what} ({owner}, {due})", **about)
    from_whom = Lines(tuple(said for name, said in measure.facts if name in {"supplier", "lot"} and said), by=", ")
    if from_whom.parts:
        known = T("card_from_whom", "{measure} · {facts}", measure=known, facts=from_whom)
    if measure.dropped:
        return T("card_dropped", "{measure}. Taken back: {words}", measure=known, words=measure.dropped)
    asked = {fact.name: fact.text for fact in FACTS.get(measure.code, ())}
    chosen = [(name, value) for name, value in measure.facts if value.startswith("#")]
    told = Lines(tuple(T("card_fact", "{question} {answer}", question=asked.get(name, name), answer=said(value))
                       for name, value in chosen))  # fmt: skip
    if measure.done:
        known = T("card_done", "{measure} ✓ {result}", measure=known, result=measure.result)
    return T("card_facts", "{measure}\n{facts}", measure=known, facts=told) if chosen else known


ROADS = {
    "talk": T("b_road_talk", "Talk first"), "judge": T("b_road_judge", "A judgement in writing"),
}  # fmt: skip
VERDICTS = {
    "founded": T("b_founded", "Founded"), "partly": T("b_partly_founded", "Partly founded"),
    "unfounded": T("b_unfounded", "Unfounded"), "inadmissible": T("b_inadmissible", "Not admissible"),
    "withdrawn": T("b_verdict_withdrawn", "Withdrawn"),
}  # fmt: skip
