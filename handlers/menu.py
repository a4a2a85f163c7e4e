"""Everything people can start: command or button → handler, for whom, with its Dutch name. Names only.

A handler gets the office, the case it is about (found and checked by the desk) and the rest of what was typed,
and returns acts. A talk is a conversation with what becomes of its answers. The surprising truth: nobody needs
this table to be refused; a command that is not yours is answered like one that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.acts import Acts, Begin, Office, Tell
from handlers.client import follow_up, intake
from handlers.conversation import Flow
from handlers.facts import Facts
from handlers.manager import summary
from handlers.mediator import cases, talks
from handlers.procedure.case import Case
from handlers.texts import Lines, T, Text

EVERYONE = frozenset({"client", "mediator", "manager", "admin"})
STAFF = frozenset({"mediator", "manager"})
MANAGER = frozenset({"manager"})


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation the menu can start. `of` says what `flow` is about: nothing yet, or a case."""

    flow: Callable[[Facts], Flow[Any]]
    finish: Callable[[Office, Case | None, Any], Acts]
    step: str = ""  # the event it leads to: asked of `steps.can` before the first question


TALKS = {
    # name        flow                       what becomes of it       leads to
    "intake":    Talk(intake.intake,         follow_up.file),
    "rest":      Talk(intake.rest,           follow_up.complete,      "completed"),
    "add":       Talk(follow_up.add_to,      follow_up.added,         "added"),
    "question":  Talk(follow_up.question_about, follow_up.questioned, "added"),
    "take":      Talk(talks.independent,     talks.record,            "accepted"),
    "decline":   Talk(talks.declining,       talks.record,            "declined"),
    "cause":     Talk(talks.cause,           talks.record,            "cause"),
    "measure":   Talk(talks.measure,         talks.record,            "measure"),
    "kind":      Talk(talks.kind,            talks.record,            "judged"),
    "prevent":   Talk(talks.prevent,         talks.record,            "no_prevention"),
    "heard":     Talk(talks.heard,           talks.record,            "heard"),
    "note":      Talk(talks.note,            talks.record,            "note"),
    "rubric":    Talk(talks.rubric,          talks.record,            "rubric"),
    "outcome":   Talk(talks.outcome,         talks.record,            "proposed"),
}  # fmt: skip

Handler = Callable[[Office, Case | None, str], Acts]


@dataclass(frozen=True, slots=True)
class Item:
    """A command. `of_case`: it needs a case, by number, by reply to the card, or the only one there is."""

    name: str
    dutch: str
    who: frozenset[str]
    run: Handler
    about: Text | None = None  # its line in the menu; None: a button or an alias, not shown
    of_case: bool = False


def talk(name: str, *given: tuple[str, str]) -> Handler:
    """The handler that starts the talk called *name* about the case at hand, with options chosen already."""

    def begin(office: Office, case: Case | None, arg: str) -> Acts:
        return (Begin(name, case.number if case else "new", fresh=True, given=given),)

    return begin


def help_(office: Office, case: Case | None, arg: str) -> Acts:
    """What you can do here, for your own roles."""
    roles = office.facts.actor.roles | {"client"}
    lines = tuple(
        T(
            "help_line",
            "/{command} {about}",
            command=item.dutch if office.facts.actor.language == "nl" else item.name,
            about=item.about,
        )
        for item in MENU
        if item.about and item.who & roles
    )
    contact = office.facts.firm.contact
    return (
        Tell(
            office.facts.actor.id,
            T("help", "{lines}\n\nRather talk to a person? Call {phone}.", lines=Lines(lines), phone=contact.phone),
        ),
    )


# fmt: off
MENU = (
    # name         Dutch          who       handler                 line in the menu                                              of a case
    Item("start",     "start",       EVERYONE, follow_up.start),
    Item("complaint", "klacht",      EVERYONE, follow_up.complaint, T("menu_complaint", "make a complaint, or go on with it")),
    Item("again",     "opnieuw",     EVERYONE, follow_up.again),
    Item("status",    "status",      EVERYONE, follow_up.status,    T("menu_status", "how your complaint is going")),
    Item("add",       "aanvullen",   EVERYONE, follow_up.add,       T("menu_add", "add something to a complaint")),
    Item("human",     "mens",        EVERYONE, follow_up.human,     T("menu_human", "talk to a person")),
    Item("language",  "taal",        EVERYONE, follow_up.language,  T("menu_language", "Nederlands")),
    Item("privacy",   "privacy",     EVERYONE, follow_up.privacy,   T("menu_privacy", "what we do with your data")),
    Item("delete",    "wissen",      EVERYONE, follow_up.delete),
    Item("never_mind", "laat_maar",  EVERYONE, follow_up.never_mind),
    Item("rest",      "rest",        EVERYONE, talk("rest"),        None,                                                         True),
    Item("agree",     "akkoord",     EVERYONE, follow_up.agree,     None,                                                         True),
    Item("disagree",  "niet_eens",   EVERYONE, follow_up.disagree,  None,                                                         True),
    Item("retry",     "opnieuw_bekijken", EVERYONE, follow_up.retry, None,                                                        True),
    Item("question",  "vragen",      EVERYONE, talk("question"),    None,                                                         True),
    Item("cases",     "zaken",       STAFF,    cases.cases,         T("menu_cases", "the open cases")),
    Item("case",      "zaak",        STAFF,    cases.show,          T("menu_case", "open one case"),                              True),
    Item("find",      "zoek",        STAFF,    cases.show,          T("menu_find", "find a case by its number"),                  True),
    Item("take",      "oppakken",    STAFF,    talk("take"),        T("menu_take", "take a case"),                                True),
    Item("decline",   "doorgeven",   STAFF,    talk("decline"),     T("menu_decline", "pass a case on"),                          True),
    Item("note",      "notitie",     STAFF,    talk("note"),        T("menu_note", "a note the client does not see"),             True),
    Item("rubric",    "rubriek",     STAFF,    talk("rubric"),      T("menu_rubric", "set the topic"),                            True),
    Item("heard",     "wederhoor",   STAFF,    talk("heard"),       T("menu_heard", "the other side's account"),                  True),
    Item("cause",     "oorzaak",     STAFF,    talk("cause"),       T("menu_cause", "record the cause"),                          True),
    Item("measure",   "maatregel",   STAFF,    talk("measure"),     T("menu_measure", "record a measure"),                        True),
    Item("kind",      "soort",       STAFF,    talk("kind"),        T("menu_kind", "structural or incidental"),                   True),
    Item("structural", "structureel", STAFF,   talk("kind", ("kind", "structural")), None,                                                         True),
    Item("incidental", "incidenteel", STAFF,   talk("kind", ("kind", "incidental")), None,                                                         True),
    Item("prevent",   "voorkomen",   STAFF,    talk("prevent"),     T("menu_prevent", "how we prevent it"),                       True),
    Item("outcome",   "uitkomst",    STAFF,    talks.outcome_gate,  T("menu_outcome", "write the outcome and send it"),           True),
    Item("close",     "afsluiten",   STAFF,    talks.close,         T("menu_close", "close a case"),                              True),
    Item("summary",   "overzicht",   MANAGER,  summary.summary,     T("menu_summary", "the numbers per topic and period")),
    Item("help",      "help",        EVERYONE, help_,               T("menu_help", "what you can do here")),
)
# fmt: on
BY_NAME = {name: item for item in MENU for name in (item.name, item.dutch)}
