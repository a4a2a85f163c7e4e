"""The mediator finds out: taking a case, asking the client, hearing the other side, and the cause.

Five minutes between appointments: the frequent answer is one button, typing is for what only a person can say.
What is decided then lives in deciding.py. What each answer does to the case stands in case.py; who may, in steps.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.acts import Acts, Do, File, Office, Tell
from handlers.conversation import Flow, Option
from handlers.facts import Facts
from handlers.firm import Template
from handlers.mediator.card import LANGUAGES
from handlers.procedure import independence
from handlers.procedure.case import Case, Happened
from handlers.procedure.measures import CAUSES
from handlers.procedure.unclear import unclear
from handlers.questions import choice, to_be_sure, words
from handlers.texts import Field, In, Label, Number, Quote, T, Text

NOT_NEEDED = Option("not_needed", T("b_not_needed", "Not needed, because…"))
SILENT = {"accepted", "declined", "barred", "proposed", "clarify", "message", "verdict", "extended", "longer_asked"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact for the case: the kind of event and what it says."""

    kind: str
    facts: Mapping[str, Any]


def record(office: Office, case: Case | None, entry: Entry | None) -> Acts:
    """File what a conversation found out, and show the card again."""
    assert case is not None
    if entry is None:
        return (Tell(office.facts.actor.id, T("not_sent", "Nothing was changed or sent."), case=case.number),)
    acts: Acts = (File(case.number, Happened(entry.kind, office.facts.now, office.facts.actor.key, entry.facts)),)
    goes = entry.kind != "barred" or office.facts.actor.key in entry.facts["named"]
    if entry.kind in SILENT and goes:
        return acts  # these bring their own messages
    said = Tell(office.facts.actor.id, T("recorded", "Recorded with {ref}.", ref=Number(case.number)), case=case.number)
    return (*acts, said, Do("case", f"{case.number} short"))


def record_alone(office: Office, case: Case | None, entry: Entry | None) -> Acts:
    """The same for who may not read the case: no card."""
    return record(office, case, entry)[:2]


def ref_of(facts: Facts) -> Number:
    assert facts.case is not None
    return Number(facts.case.number)


# Taking --------------------------------------------------------------------------------------------------


def independent(facts: Facts) -> Flow[Entry]:
    """Accepting is declaring oneself independent (R20). Whoever is involved is barred, also a manager."""
    case = facts.case
    assert case is not None
    given = yield from choice(
        "independent",
        T("independent", "Are you involved in this complaint yourself?\nFor example as the fitter or as a manager."),
        Option("free", T("b_independent", "No, I am independent")),
        Option("involved", T("b_involved", "Yes, pass it on")),
        free=False,
    )
    key = facts.actor.key
    if given.option == "free":
        return Entry("accepted", {"mediator": key})
    if case.mediator == key:
        return Entry("declined", {"mediator": key, "reason": "#involved"})
    return Entry("barred", {"named": [key]})


def declining(facts: Facts) -> Flow[Entry]:
    given = yield from words(
        "decline_reason",
        T("decline_reason", "Why do you pass {ref} on? One sentence is enough.", ref=ref_of(facts)),
        Option("no_time", T("b_no_time", "No time")),
        Option("involved", T("b_am_involved", "I am involved")),
    )
    reason = f"#{given.option}" if given.option else given.text
    return Entry("declined", {"mediator": facts.actor.key, "reason": reason})


# Asking and telling the client ---------------------------------------------------------------------------


def filled_in(facts: Facts, template: Template) -> str:
    """A template of the firm with what it names, in the client's language."""
    case, contact = facts.case, facts.firm.contact
    assert case is not None

    def mine(words_: Mapping[str, str]) -> str:
        return words_.get(case.language) or next(iter(words_.values()), "")

    given = case.complaint.name
    known = {
        "ref": f"{case.number[:4]}-{case.number[4:]}", "name": "" if given.startswith("#") else given,
        "mediator": facts.firm.name_of(facts.actor.key), "phone": contact.phone, "hours": mine(contact.hours),
        "org": contact.name,
    }  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), mine(template.text))


def in_their_language(facts: Facts) -> Field:
    """A word of warning to who writes to a client of another language."""
    case = facts.case
    assert case is not None
    if case.language == facts.actor.language or case.language not in LANGUAGES:
        return ""
    return T("write_in", "\nThe client {language}. Write in that language.", language=LANGUAGES[case.language])


def _to_client(facts: Facts, kind: str, name: str, question: Text) -> Flow[Entry | None]:
    """Words for the client: nothing leaves without a look at it and a deliberate send."""
    case = facts.case
    assert case is not None
    ready = {f"t_{template.key}": template for template in facts.firm.templates}
    made = {text.name: text for text in unclear(case)} if kind == "clarify" else {}
    given = yield from words(
        name,
        T("to_reader", "{question}{language}", question=question, language=in_their_language(facts)),
        *(Option(option, text) for option, text in made.items()),
        *(Option(option, Label(template.labels)) for option, template in ready.items()),
    )
    ours = made.get(given.option)
    told = filled_in(facts, ready[given.option]) if given.option in ready else given.text
    shown = In(case.language, ours) if ours else Quote(told)
    seen = T("to_client", "<b>The client will get</b>\n{words}\nNot sent yet.", words=shown)
    sure = yield from to_be_sure(f"{name}_sure", seen, name)
    facts_ = {"text": ours, "asks": ours.name} if ours else {"text": told}
    return Entry(kind, facts_) if sure else None


def seen_first(facts: Facts, name: str, text: Text, *asked: str) -> Flow[bool]:
    """A look at *text* in the client's language, as it leaves, and a deliberate send."""
    assert facts.case is not None
    seen = T("text_to_client", "<b>The client will get</b>\n\n{words}\n\nNot sent yet.",
             words=In(facts.case.language, text))  # fmt: skip
    return (yield from to_be_sure(name, seen, *asked))


def ask(facts: Facts) -> Flow[Entry | None]:
    """In one's own words, or one of the questions the complaint leaves open (S5), in the client's language."""
    question = T("ask", "<b>Question {ref}</b>\nWhat do you want to ask the client?", ref=ref_of(facts))
    return (yield from _to_client(facts, "clarify", "ask", question))


def message(facts: Facts) -> Flow[Entry | None]:
    question = T("message", "<b>Message {ref}</b>\nWhat do you want to tell the client?", ref=ref_of(facts))
    return (yield from _to_client(facts, "message", "message", question))


# Finding out ---------------------------------------------------------------------------------------------


def cause(facts: Facts) -> Flow[Entry]:
    code = yield from choice(
        "cause", T("cause", "<b>Analysis {ref}</b>\nWhich cause fits best?", ref=ref_of(facts)), *CAUSES
    )
    told = yield from words("cause_text", T("analysis", "How could this happen? Name the cause, not a culprit."))
    return Entry("cause", {"code": code.option or "unclear", "text": told.text or code.text})


def heard(facts: Facts) -> Flow[Entry | None]:
    """The other side's account (hoor en wederhoor): asked of them, or written down in their words, or why not."""
    case = facts.case
    assert case is not None
    reachable = {key: name for key, name in facts.colleagues if key in case.concerned and key != facts.actor.key}
    given = yield from words(
        "heard",
        T("heard", "What does the colleague concerned say? Write it in their words, or ask them."),
        *(Option(f"ask_{key}", T("b_ask_account", "Ask {name}", name=name)) for key, name in reachable.items()),
        Option("not_heard", T("b_not_heard", "Not heard, because…")),
    )
    if given.option == "not_heard":
        reason = yield from words("not_heard_reason", T("why_not_heard", "Why was the other side not heard?"))
        return Entry("not_heard", {"reason": reason.text})
    if given.option:
        key = given.option.removeprefix("ask_")
        return (yield from _to_colleague(key, reachable[key]))
    who = yield from _whose(facts, case)
    return Entry("heard", {"text": given.text, "who": who})


def _whose(facts: Facts, case: Case) -> Flow[str]:
    """Whose account it is that was written down: without a name nobody knows who was heard. "" for nobody of us."""
    first = [person for person in facts.firm.people if person.key in case.concerned]
    rest = [person for person in facts.firm.people if person not in first and person.key != facts.actor.key]
    given = yield from choice(
        "heard_who",
        T("heard_who", "Who said this?"),
        *(Option(f"p_{person.key}", person.name) for person in (*first, *rest)),
        Option("nobody", T("b_heard_other", "Somebody else")),
        free=False,
    )
    return "" if given.option == "nobody" else given.option.removeprefix("p_")


def _to_colleague(key: str, name: str) -> Flow[Entry | None]:
    """The question to whom it is about, looked at before it leaves: it may hold no name, and cannot be called back."""
    asked = yield from words(
        "account_question", T("account_question", "What do you ask {name}? Leave out the client's name.", name=name)
    )
    sure = yield from to_be_sure(
        "account_sure",
        T("to_colleague", "<b>{name} will get</b>\n{words}\nNot sent yet.", name=name, words=Quote(asked.text)),
        "account_question",
    )
    return Entry("account_asked", {"who": key, "text": asked.text}) if sure else None


def account(facts: Facts) -> Flow[Entry]:
    """What the colleague concerned says, in their own words. They see nothing of the case."""
    told = yield from words(
        "account",
        T("account", "What happened, as you see it? The mediator reads it as your account of {ref}.",
          ref=ref_of(facts)),
    )  # fmt: skip
    return Entry("heard", {"text": told.text, "who": facts.actor.key})


def about(facts: Facts) -> Flow[Entry]:
    """Who of us is this about, if anybody? Barred from the case, and the one they report to (R20)."""
    case = facts.case
    assert case is not None
    others = [person for person in facts.firm.people if person.key not in case.about]
    given = yield from choice(
        "about",
        T("about", "Who is {ref} about? That colleague cannot see it any more.", ref=ref_of(facts)),
        *(Option(f"p_{person.key}", person.name) for person in others),
        *(() if case.about else (Option("nobody", T("b_nobody_particular", "Nobody in particular")),)),
        free=False,
    )
    if given.option == "nobody":
        return Entry("barred", {"named": [], "about": [], "nobody": True})
    it_is = {given.option.removeprefix("p_")}
    named = independence.with_their_managers(it_is, facts.firm.people)
    return Entry("barred", {"named": sorted(named), "about": sorted(it_is)})


AUTHORITIES = (
    Option("spoken", T("b_authority_spoken", "The client told us")),
    Option("written", T("b_authority_written", "There is a signed paper")),
    Option("legal", T("b_authority_legal", "Legal representative")),
    Option("kin", T("b_authority_kin", "Next of kin")),
)


def authority(facts: Facts) -> Flow[Entry]:
    """May this person complain for the client? Recorded, with how we know (R-representative)."""
    case = facts.case
    assert case is not None
    given = yield from words(
        "authority",
        T("authority", "This complaint is for somebody else: {other}.\nHow do we know that the client agrees?",
          other=case.complaint.for_other),
        *AUTHORITIES,
    )  # fmt: skip
    return Entry("authority", {"text": f"#{given.option}" if given.option else given.text})


def note(facts: Facts) -> Flow[Entry]:
    given = yield from words(
        "note", T("note", "What do you want to note with {ref}? The client does not see this.", ref=ref_of(facts))
    )
    return Entry("note", {"text": given.text})


def redact(facts: Facts) -> Flow[Entry]:
    """A name of somebody else: hidden from everybody, or destroyed. Both are noted, without the name itself."""
    told = yield from words(
        "redact",
        T("redact", "<b>Hide a name in {ref}</b>\nWhich word or name? Type it exactly.", ref=ref_of(facts)),
    )
    how = yield from choice(
        "redact_how",
        T("redact_how", "Hide it, and keep the original? Or destroy it? That cannot be undone."),
        Option("mask", T("b_mask", "Hide it")),
        Option("destroy", T("b_destroy", "Destroy it"), "danger"),
        free=False,
    )
    return Entry("redacted", {"word": told.text.strip(), "how": how.option})


def rubric(facts: Facts) -> Flow[Entry]:
    given = yield from choice(
        "rubric",
        T("rubric_ask", "Which topic fits complaint {ref} best?", ref=ref_of(facts)),
        *(Option(r.code, facts.firm.rubric(r.code)) for r in facts.firm.rubrics),
        free=False,
    )
    return Entry("rubric", {"rubric": given.option})
