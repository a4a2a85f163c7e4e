"""Everything people can start: command or button → handler, for whom, with its Dutch name. Names only.

A handler gets the office, the case it is about (found and checked by the desk) and the rest of what was typed,
and returns acts. A talk is a conversation with what becomes of its answers. The surprising truth: nobody needs
this table to be refused; a command that is not yours is answered like one that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers import admin, paperwork
from handlers.acts import Acts, Begin, Office, Press, Tell
from handlers.client import after, follow_up, intake
from handlers.conversation import Flow
from handlers.facts import Facts
from handlers.manager import entry, evaluate, requests, running, summary
from handlers.mediator import cases, deciding, outside, talks
from handlers.procedure.case import Case
from handlers.texts import Lines, T, Text

EVERYONE = frozenset({"client", "mediator", "manager", "admin"})
STAFF = frozenset({"mediator", "manager"})
MANAGER = frozenset({"manager"})
ADMIN = frozenset({"manager", "admin"})
RUNS_IT = frozenset({"admin"})


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation the menu can start. `of` says what `flow` is about: nothing yet, or a case."""

    flow: Callable[[Facts], Flow[Any]]
    finish: Callable[[Office, Case | None, Any], Acts]
    step: str = ""  # the event it leads to: asked of `steps.can` before the first question


TALKS = {
    # name         flow                       what becomes of it         leads to
    "intake":     Talk(intake.intake,         follow_up.file),
    "rest":       Talk(intake.rest,           follow_up.complete,        "completed"),
    "add":        Talk(follow_up.add_to,      follow_up.added,           "added"),
    "question":   Talk(follow_up.question_about, follow_up.questioned,   "added"),
    "disagree":   Talk(follow_up.disagreeing, follow_up.disagreed,       "disagreed"),
    "reply":      Talk(after.reply,           after.replied,             "added"),
    "road":       Talk(after.road,            after.record,              "road"),
    "object":     Talk(after.objecting,       after.record,              "objected"),
    "referred":   Talk(after.referring,       after.record,              "referred"),
    "withdraw":   Talk(after.withdrawing,     after.record,              "withdrawn"),
    "reopen":     Talk(after.reopening,       after.record,              "reopened"),
    "survey":     Talk(after.survey,          after.record,              "rated"),
    "take":       Talk(talks.independent,     talks.record,              "accepted"),
    "decline":    Talk(talks.declining,       talks.record,              "declined"),
    "ask":        Talk(talks.ask,             talks.record,              "clarify"),
    "message":    Talk(talks.message,         talks.record,              "message"),
    "about":      Talk(talks.about,           talks.record,              "barred"),
    "authority":  Talk(talks.authority,       talks.record,              "authority"),
    "account":    Talk(talks.account,         talks.record_alone,        "heard"),
    "heard":      Talk(talks.heard,           talks.record,              "not_heard"),
    "cause":      Talk(talks.cause,           talks.record,              "cause"),
    "note":       Talk(talks.note,            talks.record,              "note"),
    "redact":     Talk(talks.redact,          talks.record,              "redacted"),
    "rubric":     Talk(talks.rubric,          talks.record,              "rubric"),
    "measure":    Talk(deciding.measure,      talks.record,              "measure"),
    "done":       Talk(deciding.done,         deciding.finished,         "done"),
    "replan":     Talk(deciding.replan,       talks.record,              "measure"),
    "promise":    Talk(deciding.promise,      talks.record,              "promised"),
    "kind":       Talk(deciding.kind,         talks.record,              "judged"),
    "prevent":    Talk(deciding.prevent,      talks.record,              "no_prevention"),
    "outcome":    Talk(deciding.outcome,      talks.record,              "proposed"),
    "extend":     Talk(deciding.extend,       talks.record),
    "incident":   Talk(outside.incident,      talks.record,              "reportable"),
    "escalate":   Talk(outside.escalate,      outside.escalated,         "note"),
    "verdict":    Talk(outside.verdict,       talks.record,              "verdict"),
    "entry":      Talk(entry.entry,           entry.file),
    "letter":     Talk(entry.letter,          deciding.finished,         "acknowledged"),
    "assign":     Talk(running.assign,        talks.record_alone,        "assigned"),
    "merge":      Talk(running.merge,         running.merged,            "duplicate"),
    "no_complaint": Talk(running.no_complaint, talks.record_alone,       "no_complaint"),
    "request":    Talk(requests.decide,       requests.decided,          "forget_decided"),
    "absence":    Talk(running.absence,       running.absent),
    "evaluate":   Talk(evaluate.decide,       evaluate.decided),
}  # fmt: skip

Handler = Callable[[Office, Case | None, str], Acts]
SUBJECTS = {"absence": "absence", "evaluate": "evaluate"}  # talks that are about neither a case nor a new complaint


@dataclass(frozen=True, slots=True)
class Item:
    """A command. `of_case`: it needs a case, by number, by reply to the card, or the only one there is."""

    name: str
    dutch: str
    who: frozenset[str]
    run: Handler
    about: Text | None = None  # its line in the menu; None: a button or an alias, not shown
    of_case: bool = False
    also: str = ""  # relations to the case besides those who handle it: an owner, the one it is about, an admin


def talk(name: str, *given: tuple[str, str]) -> Handler:
    """The handler that starts the talk called *name* about the case at hand, with options chosen already."""

    def begin(office: Office, case: Case | None, arg: str) -> Acts:
        # Without options chosen already, a half-finished one goes on where it was.
        subject = case.number if case else SUBJECTS.get(name, "new")
        return (Begin(name, subject, fresh=bool(given), given=given, keeps=arg == "kept"),)

    return begin


def help_(office: Office, case: Case | None, arg: str) -> Acts:
    """What you can do here, for your own roles. The steps of a case are not: its card has a button for each."""
    actor, phone = office.facts.actor, office.facts.firm.contact.phone

    def listed(wanted: Callable[[Item], bool], named: bool = False) -> Lines:
        mine = [item for item in MENU if item.about and item.who & (actor.roles | {"client"}) and wanted(item)]
        names = [item.dutch if actor.language == "nl" else item.name for item in mine]
        if named:
            return Lines(tuple(T("help_name", "/{command}", command=name) for name in names), " ")
        return Lines(tuple(T("help_line", "/{command} {about}", command=name, about=item.about or "")
                           for name, item in zip(names, mine, strict=True)))  # fmt: skip

    own, card = listed(lambda item: item.who == EVERYONE), "zaak" if actor.language == "nl" else "case"
    text = T("help", "{lines}\n\nRather talk to a person? Call {phone}.", lines=own, phone=phone)
    if actor.roles:
        text = T(
            "help_staff",
            "<b>Your work</b>\n{work}\n\n<b>In a case</b>\n{steps}\n\n<b>For a complaint of your own</b>\n{own}",
            work=listed(lambda item: item.who != EVERYONE and not item.of_case),
            steps=T(
                "help_steps", "Open it with /{case} and its number. Its card has a button for every step.", case=card
            )
            if actor.roles & STAFF
            else listed(lambda item: item.who != EVERYONE and item.of_case),
            own=listed(lambda item: item.who == EVERYONE, named=True),
        )
    return (Tell(actor.id, text, ((Press(T("b_example", "Show an example"), "example"),),)),)


def example(office: Office, case: Case | None, arg: str) -> Acts:
    """How such a talk goes, from the transcripts the tests play; for staff the one of their first role."""
    roles = office.facts.actor.roles
    role = next((role for role in ("mediator", "manager") if role in roles), "")
    lines = tuple(
        T("example_you", "<b>You</b> {words}", words=words)
        if mine
        else T("example_bot", "<b>Bot</b> {words}", words=words)
        for mine, words in office.example(role)
    )
    text = T("example", "So it can go. What stands in [brackets] is a button.\n\n{lines}", lines=Lines(lines))
    return (Tell(office.facts.actor.id, text),)


# fmt: off
MENU = (
    # name         Dutch          who       handler                 line in the menu                                              of a case
    Item("start",     "start",       EVERYONE, follow_up.start),
    Item("complaint", "klacht",      EVERYONE, follow_up.complaint, T("menu_complaint", "make a complaint, or go on with it")),
    Item("again",     "opnieuw",     EVERYONE, follow_up.again),
    Item("status",    "status",      EVERYONE, follow_up.status,    T("menu_status", "how your complaint is going")),
    Item("add",       "aanvullen",   EVERYONE, follow_up.add,       T("menu_add", "add something to a complaint")),
    Item("withdraw",  "intrekken",   EVERYONE, talk("withdraw"),    T("menu_withdraw", "stop a complaint"),                       True),
    Item("reopen",    "heropenen",   EVERYONE, after.reopen,        T("menu_reopen", "open a closed complaint again"),            True, "manager"),
    Item("committee", "commissie",   EVERYONE, outside.way,         T("menu_committee", "the way to the outside committee")),
    Item("human",     "mens",        EVERYONE, follow_up.human,     T("menu_human", "talk to a person")),
    Item("language",  "taal",        EVERYONE, follow_up.language,  T("menu_language", "Nederlands")),
    Item("privacy",   "privacy",     EVERYONE, follow_up.privacy,   T("menu_privacy", "what we do with your data")),
    Item("data",      "mijngegevens", EVERYONE, after.data,         T("menu_data", "see what we keep of you")),
    Item("receipt",   "ontvangstbewijs", EVERYONE, paperwork.of_case("receipt"), None,                                            True),
    Item("case_file", "mijndossier", EVERYONE, paperwork.of_case("dossier"), None,                                                True),
    Item("forget",    "vergeet",     EVERYONE, after.forget,        T("menu_forget", "ask to delete your data")),
    Item("delete",    "wissen",      EVERYONE, follow_up.delete),
    Item("never_mind", "laat_maar",  EVERYONE, follow_up.never_mind),
    Item("rest",      "rest",        EVERYONE, talk("rest"),        None,                                                         True),
    Item("agree",     "akkoord",     EVERYONE, follow_up.agree,     None,                                                         True),
    Item("disagree",  "niet_eens",   EVERYONE, follow_up.disagree,  None,                                                         True),
    Item("retry",     "opnieuw_bekijken", EVERYONE, follow_up.retry, None,                                                        True, "mediator manager"),
    Item("question",  "vragen",      EVERYONE, talk("question"),    None,                                                         True),
    Item("reply",     "antwoord",    EVERYONE, after.answering,     None,                                                         True),
    Item("road",      "weg",         EVERYONE, talk("road"),        None,                                                         True),
    Item("object",    "iemand_anders", EVERYONE, talk("object"),    None,                                                         True),
    Item("too_long",  "te_lang",     EVERYONE, after.not_agreed,    None,                                                         True),
    Item("longer",    "meer_tijd",   EVERYONE, after.longer,        None,                                                         True),
    Item("referred",  "aangemeld",   EVERYONE, talk("referred"),    None,                                                         True),
    Item("survey",    "tevreden",    EVERYONE, talk("survey"),      None,                                                         True),
    Item("contact",   "bel_mij",     EVERYONE, follow_up.contact,   None,                                                         True),
    Item("about_yes", "gaat_over",   EVERYONE, follow_up.about_yes, None,                                                         True),
    Item("about_no",  "gaat_niet_over", EVERYONE, follow_up.about_no, None,                                                       True),
    Item("effect",    "gewerkt",     EVERYONE, after.effect,        None,                                                         True, "owner mediator manager"),
    Item("cases",     "zaken",       STAFF,    cases.cases,         T("menu_cases", "the open cases")),
    Item("case",      "zaak",        STAFF,    cases.show,          T("menu_case", "open one case"),                              True),
    Item("find",      "zoek",        STAFF,    cases.show,          T("menu_find", "find a case by its number"),                  True),
    Item("more",      "meer",        STAFF,    cases.more,          None,                                                         True),
    Item("new",       "nieuw",       STAFF,    entry.begin,         T("menu_new", "a complaint by phone, visit or letter")),
    Item("letter",    "brief",       STAFF,    talk("letter"),      T("menu_letter", "the letter that we received it"),           True, "clerk"),
    Item("take",      "oppakken",    STAFF,    talk("take"),        T("menu_take", "take a case"),                                True),
    Item("decline",   "doorgeven",   STAFF,    talk("decline"),     T("menu_decline", "pass a case on"),                          True),
    Item("ask",       "vraag",       STAFF,    talk("ask"),         T("menu_ask", "ask the client something"),                    True),
    Item("message",   "bericht",     STAFF,    talk("message"),     T("menu_message", "write to the client"),                      True),
    Item("note",      "notitie",     STAFF,    talk("note"),        T("menu_note", "a note the client does not see"),             True),
    Item("rubric",    "rubriek",     STAFF,    talk("rubric"),      T("menu_rubric", "set the topic"),                            True),
    Item("about",     "betrokken",   STAFF,    talk("about"),       T("menu_about", "which colleague it is about"),               True),
    Item("redact",    "lakken",      STAFF,    talk("redact"),      T("menu_redact", "hide a name of somebody else"),            True),
    Item("authority", "machtiging",  STAFF,    talk("authority"),   None,                                                         True),
    Item("heard",     "wederhoor",   STAFF,    talk("heard"),       T("menu_heard", "the other side's account"),                  True),
    Item("account",   "mijn_kant",   STAFF,    talk("account"),     None,                                                         True, "accused"),
    Item("cause",     "oorzaak",     STAFF,    talk("cause"),       T("menu_cause", "record the cause"),                          True),
    Item("measure",   "maatregel",   STAFF,    talk("measure"),     T("menu_measure", "record a measure"),                        True),
    Item("done",      "klaar",       STAFF,    deciding.done_gate,  T("menu_done", "a measure is carried out"),                   True, "owner"),
    Item("replan",    "bijstellen",  STAFF,    deciding.replan_gate, T("menu_replan", "change or take back a measure"),            True),
    Item("promise",   "belofte",     STAFF,    talk("promise"),     T("menu_promise", "a promise to the client"),                 True),
    Item("keep",      "nagekomen",   STAFF,    deciding.keep,       None,                                                         True),
    Item("kind",      "soort",       STAFF,    talk("kind"),        T("menu_kind", "structural or incidental"),                   True),
    Item("structural", "structureel", STAFF,   talk("kind", ("kind", "structural")), None,                                        True),
    Item("incidental", "incidenteel", STAFF,   talk("kind", ("kind", "incidental")), None,                                        True),
    Item("prevent",   "voorkomen",   STAFF,    talk("prevent"),     T("menu_prevent", "how we prevent it"),                       True),
    Item("incident",  "melding",     STAFF,    talk("incident"),    T("menu_incident", "report an incident, or why not"),         True),
    Item("outcome",   "uitkomst",    STAFF,    deciding.outcome_gate, T("menu_outcome", "write the outcome and send it"),         True),
    Item("extend",    "verlengen",   STAFF,    deciding.extend_gate, T("menu_extend", "ask for more time"),                       True),
    Item("escalate",  "escaleren",   STAFF,    talk("escalate"),    T("menu_escalate", "to the outside committee"),               True),
    Item("verdict",   "oordeel",     STAFF,    talk("verdict"),     T("menu_verdict", "what the committee decided"),              True),
    Item("close",     "afsluiten",   STAFF,    deciding.close,      T("menu_close", "close a case"),                              True),
    Item("dossier_note", "dossiernotitie", STAFF, cases.dossier,    T("menu_dossier", "the note for the client's file"),          True),
    Item("form",      "formulier",   STAFF,    paperwork.of_case("form"), T("menu_form", "the complaint form (PDF)"),             True),
    Item("dossier",   "dossier",     STAFF,    paperwork.of_case("dossier"), T("menu_case_file", "the client's case file (PDF)"), True),
    Item("note_pdf",  "notitie_pdf", STAFF,    paperwork.of_case("note"), None,                                                   True),
    Item("letter_pdf", "brief_pdf",  STAFF,    paperwork.of_case("letter"), None,                                                 True, "clerk"),
    Item("outcome_pdf", "uitkomst_pdf", STAFF, paperwork.of_case("outcome_letter"), None,                                         True),
    Item("handover",  "overdragen",  STAFF,    running.assign_gate, T("menu_handover", "give a case to somebody else"),           True),
    Item("absence",   "afwezig",     STAFF,    talk("absence"),     T("menu_absence", "be away for a while")),
    Item("late",      "telaat",      STAFF,    running.late,        T("menu_late", "what is late")),
    Item("assign",    "toewijzen",   ADMIN,    running.assign_gate, T("menu_assign", "choose who handles a case"),                True, "admin"),
    Item("merge",     "samenvoegen", MANAGER,  running.merge_gate,   T("menu_merge", "join two complaints"),                       True),
    Item("no_complaint", "geen_klacht", MANAGER, running.no_complaint_gate, T("menu_no_complaint", "it is not a complaint"),           True),
    Item("summary",   "overzicht",   MANAGER,  paperwork.pictured,  T("menu_summary", "the numbers per topic and period")),
    Item("numbers",   "cijfers",     MANAGER,  summary.summary,     T("menu_numbers", "the same numbers in words")),
    Item("evaluate",  "evaluatie",   MANAGER,  evaluate.evaluate,   T("menu_evaluate", "does a topic need action")),
    Item("decide",    "besluit",     MANAGER,  talk("evaluate")),
    Item("request",   "verzoek",     MANAGER,  talk("request"),     None,                                                         True),
    Item("minutes",   "notulen",     MANAGER,  paperwork.of_period("minutes", "quarter"), T("menu_minutes", "closed complaints, for the work meeting (PDF)")),
    Item("export",    "register",    MANAGER,  paperwork.of_period("register", "year"), T("menu_export", "the complaints register (Excel)")),
    Item("review",    "jaarverslag", MANAGER,  paperwork.of_period("review", "year"), T("menu_review", "the yearly review (PDF)")),
    Item("health",    "health",      RUNS_IT,  admin.health,        T("menu_health", "how the bot is doing")),
    Item("example",   "voorbeeld",   EVERYONE, example),
    Item("help",      "help",        EVERYONE, help_,               T("menu_help", "what you can do here")),
)
# fmt: on
BY_NAME = {name: item for item in MENU for name in (item.name, item.dutch)}
