"""The card of a case: everything a mediator needs on one screen, and a button for every next step."""

from __future__ import annotations

from handlers.acts import Office, Press, Rows, Tell
from handlers.client import intake
from handlers.conversation import Option
from handlers.procedure import deadlines
from handlers.procedure.case import Case
from handlers.procedure.measures import CAUSES, MEASURES, label
from handlers.procedure.steps import missing
from handlers.texts import Field, Lines, Number, Quote, T, Text

STATUSES = {
    "received": T("status_received", "received"),
    "assigned": T("status_assigned", "offered to a mediator"),
    "analysis": T("status_analysis", "being looked into"),
    "proposed": T("status_proposed", "outcome sent"),
    "agreed": T("status_agreed", "client agrees"),
    "disagreed": T("status_disagreed", "client disagrees"),
    "closed": T("status_closed", "closed"),
}
KINDS = (
    Option("incidental", T("b_incidental", "Incident: happened once")),
    Option("structural", T("b_structural", "Structural: can recur")),
)


def open_button(case: Case) -> Press:
    return Press(T("b_open", "Open case"), "case", case.number)


def tell(office: Office, case: Case, to: int | str, in_place: bool = False) -> Tell:
    files = (*case.complaint.files, *(file for words in case.added for file in words.files))
    return Tell(
        to,
        text(office, case),
        buttons(case),
        case.number,
        in_place=in_place,
        files=() if in_place else tuple((file.telegram, file.kind) for file in files),
    )


def buttons(case: Case) -> Rows:
    """What can be done now; a closed case can only be read."""
    if not case.open:
        return ((Press(T("b_note", "Note"), "note", case.number),),)
    number = case.number
    return (
        (Press(T("b_cause", "Cause"), "cause", number), Press(T("b_measure", "Measure"), "measure", number)),
        (Press(T("b_kind", "Incident or structural"), "kind", number),),
        (Press(T("b_prevent", "Prevent"), "prevent", number), Press(T("b_heard", "Hear both"), "heard", number)),
        (Press(T("b_note", "Note"), "note", number), Press(T("b_rubric", "Topic"), "rubric", number)),
        (Press(T("b_outcome", "Outcome"), "outcome", number, "primary"), Press(T("b_close", "Close"), "close", number)),
    )


def text(office: Office, case: Case) -> Text:
    facts = office.facts
    complaint = intake.overview(facts, case.complaint)
    by = deadlines.outcome_by(case, facts.firm.terms, facts.zone)
    rubric: Field = facts.firm.rubric(case.rubric) if case.rubric else T("topic_open", "topic not known yet")
    return T(
        "card",
        "<b>{ref} · {status}</b>{urgent}\n{rubric} · {product} · {when}\nOutcome by {decide_by}. "
        "Days left: {days_left}\n\n"
        "<b>{name}</b>, {contact}\n{story}\n<b>Wants</b> {wish}{clarified}{added}\n\n"
        "<b>Recorded</b>{recorded}\n<b>Still to do</b> {todo}",
        ref=Number(case.number),
        status=STATUSES[case.status],
        urgent=T("urgent", "\n<b>Safety: possible danger.</b>") if case.urgent else "",
        rubric=rubric,
        product=complaint["product"],
        when=complaint["when"],
        decide_by=by,
        days_left=(by - facts.today).days,
        name=complaint["name"],
        contact=complaint["contact"],
        story=complaint["story"],
        wish=complaint["wish"],
        clarified=_clarified(case),
        added=_added(case),
        recorded=_recorded(office, case),
        todo=Lines(tuple(need.text for need in missing(case)), by="; ") if case.open else T("nothing_to_do", "nothing"),
    )


QUESTIONS = {
    "vague": T("asked_vague", "What fits best"),
    "clar_who": T("asked_who", "Spoke to"),
    "clar_impact": T("asked_impact", "Can manage without the aid"),
    "clar_before": T("asked_before", "Reported before"),
}


def _clarified(case: Case) -> Lines:
    """The safety answer and what the bot asked to make the story clear."""
    known: list[Field] = []
    if case.complaint.danger:
        known.append(T("card_danger", "\n<b>Danger</b> {danger}", danger=intake.shown(case.complaint.danger)))
    for question, answer in case.complaint.clarified:
        known.append(
            T(
                "card_clarified",
                "\n<b>{question}</b> {answer}",
                question=QUESTIONS[question],
                answer=intake.shown(answer),
            )
        )
    return Lines(tuple(known), by="")


def _added(case: Case) -> Lines:
    return Lines(
        tuple(
            T("card_added", "\n<b>Added on {date}</b>\n{words}", date=words.at, words=Quote(words.text))
            for words in case.added
        ),
        by="",
    )


def _recorded(office: Office, case: Case) -> Field:
    firm = office.facts.firm
    known: list[Field] = []
    if case.cause:
        known.append(
            T(
                "card_cause",
                "\nCause: {cause}. {words}",
                cause=label(case.cause.code, CAUSES).label,
                words=case.cause.text,
            )
        )
    for measure in case.measures:
        about: dict[str, Field] = {
            "what": measure.what, "owner": firm.name_of(measure.owner), "due": measure.due or "",
            "measure": label(measure.code, MEASURES).label,
        }  # fmt: skip
        if measure.kind == "preventive":
            known.append(T("card_preventive", "\nPrevent: {what} ({owner}, {due})", **about))
        else:
            known.append(T("card_measure", "\nMeasure: {measure}. {what} ({owner}, {due})", **about))
    if case.no_measure:
        known.append(T("card_no_measure", "\nNo measure: {words}", words=case.no_measure))
    if case.judged:
        kind = label(case.judged.kind, KINDS).label
        known.append(T("card_judged", "\n{kind}. {words}", kind=kind, words=case.judged.reason))
    if case.no_prevention:
        known.append(T("card_no_prevention", "\nNo prevention: {words}", words=case.no_prevention))
    if case.heard:
        known.append(T("card_heard", "\nThe other side: {words}", words=case.heard))
    if case.not_heard:
        known.append(T("card_not_heard", "\nOther side not heard: {words}", words=case.not_heard))
    if case.disagreement:
        known.append(T("card_disagreement", "\nClient disagrees: {words}", words=case.disagreement))
    if case.unreachable:
        known.append(T("card_unreachable", "\nNot reachable in Telegram: call or write."))
    for by, words in case.notes:
        known.append(T("card_note", "\nNote by {by}: {words}", by=firm.name_of(by), words=words))
    return Lines(tuple(known), by="") if known else T("nothing_yet", " nothing yet")
