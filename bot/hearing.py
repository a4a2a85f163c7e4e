"""What somebody meant: a command, a press or plain words, and which conversation or case they belong to.

Nothing is written here but which conversation is in front; what follows is acts, carried out at the counter. The
surprising truth: words without an open question are never guessed at. They are kept, and the person is asked.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from bot import buttons, record
from bot.counter import UNKNOWN_CASE, Counter
from bot.joining import redeem
from bot.office import Office
from bot.record import SAID, TALKS
from handlers import conversation
from handlers.acts import Acts, Begin, File, Tell
from handlers.clean import clean
from handlers.client import follow_up
from handlers.client.wishes import wish
from handlers.conversation import question_of
from handlers.procedure import steps
from handlers.procedure.case import Happened
from handlers.questions import CHOOSE_A_BUTTON, LONGEST
from handlers.texts import Number, T

ASKS_NUMBER = {"phone"}  # questions whose answer may look like a BSN
BACK, STOP = {"back", "terug"}, {"stop", "stoppen"}
STALE = T("stale", "This button belongs to an earlier question.")
MASKED = T("err_bsn", "I see a private number. We do not need it. We blanked it out. Delete your message too.")


def command(counter: Counter, name: str, payload: str, reply_to: int | None) -> Acts:
    """`/name payload`; in reply to a message of a case, that case is meant when no other is named."""
    office, front = counter.office, counter.office.front()
    if name == "start" and payload.startswith("m_"):
        return redeem(office, payload.removeprefix("m_"))
    if name in BACK | STOP:
        if front is None:
            text = T("nothing_open", "There is no open question. Send /help to see what you can do.")
            return (Tell(office.actor.id, text),)
        return counter.talking.back(front) if name in BACK else counter.talking.stop(front)
    return counter.command(name, payload or office.case_of_message(office.actor.id, reply_to))


def press(counter: Counter, data: str) -> Acts:
    """A press. Its data may be forged by any client program, so it is only ever a wish."""
    office = counter.office
    kind, _, rest = data.partition(":")
    if kind == "do":
        name, _, arg = rest.partition(":")
        return counter.command(name, arg)
    about, version, option, said = (*rest.split(":"), "", "", "", "")[:4]
    row = office.talk_row(about) if kind in {"a", "b", "s"} else None
    if row is None:
        office.toast(STALE)
        return ()
    office.bring_to_front(about)
    talking = counter.talking
    if str(row["version"]) != version:
        still = (kind == "a" and talking.same_button(row, version, option, said)) or (
            kind == "s" and talking.same_talk(row, version)
        )
        if not still:
            office.toast(STALE)
            return counter.talking.ask_again(row)
    match kind:
        case "b":
            return counter.talking.back(row)
        case "s":
            return counter.talking.stop(row)
    return counter.talking.answer(row, conversation.Answer(option=option))


def words(counter: Counter, given: conversation.Answer, reply_to: int | None) -> Acts:
    """Words or a file: an answer to the open question, an addition, a note, or loose words to ask about."""
    office = counter.office
    about = office.case_of_message(office.actor.id, reply_to)
    row = (office.talk_row(about) if about else None) or office.front()
    asked = "" if given.file else wish(given.text)
    cleaned = clean(given.text, numbers=_asks_number(row))
    given = replace(given, text=cleaned.text)
    if cleaned.masked:
        office.say(office.actor.id, MASKED)
    if row and (not about or row["about"] == about):
        office.bring_to_front(row["about"])
        if asked and counter.talking.wishes_elsewhere(row, given.text):
            counter.carry_out(counter.command(asked, ""))
            return counter.talking.ask_again(row)
        return counter.talking.answer(row, given)
    if not about and not given.file:
        meant, number = buttons.typed(office.tx, office.actor.id, given.text)
        if meant:
            return press(counter, meant)
        if number:
            shown = office.person(office.actor.id)["buttons"]
            office.say(office.actor.id, CHOOSE_A_BUTTON)
            office.keep(office.person(office.actor.id) | {"buttons": shown})  # they are still the ones that are meant
            return ()
        if asked:
            return counter.command(asked, "")
    case = office.case(about) if about else None
    if case is not None and not steps.may_read(office.actor, case):
        return (Tell(office.actor.id, UNKNOWN_CASE),)
    if case is not None and office.actor.key and case.client != office.actor.id:
        noted = T("noted", "Noted with {ref}. The client does not see this.", ref=Number(case.number))
        facts = {"text": given.text, "files": [asdict(given.file)] if given.file else []}
        happened = Happened("note", office.now, office.actor.key, facts)
        return (File(case.number, happened), Tell(office.actor.id, noted, case=case.number))
    if office.actor.key and not office.cases_of_client(office.actor.id):
        text = T("staff_loose", "Which case is this about? Reply to one of its messages, or send /cases.")
        return (Tell(office.actor.id, text),)
    if case is not None:
        return (Begin("reply" if case.asked else "add", about, said=given),)
    if not given.file and follow_up.only_thanks(given.text) and office.cases_of_client(office.actor.id):
        return follow_up.welcome(office)
    person = office.person(office.actor.id)
    part = record.answer_row(replace(given, on=office.facts.today.isoformat()))
    office.keep(person | {"loose": [*person["loose"], part][-LONGEST:]})
    return follow_up.loose(office, None, given.text)


def _asks_number(row: dict[str, object] | None) -> bool:
    asked = row["asked"] if row else None
    return isinstance(asked, dict) and question_of(str(asked["name"])) in ASKS_NUMBER


def _sent(office: Office, message: int, text: str) -> Acts:
    name = f"{office.actor.id}:{message}"
    said, cleaned = office.tx.get(SAID.name, name), clean(text)
    if said is None or said["text"] == cleaned.text:
        return ()
    office.tx.put(SAID.name, said | {"text": cleaned.text})
    if cleaned.masked:
        office.say(office.actor.id, MASKED)
    facts = {"before": said["text"], "text": cleaned.text}
    told = T("edited_sent", "Your change is saved with complaint {ref}. What you wrote first is kept as well.",
             ref=Number(str(said["case"])))  # fmt: skip
    case = office.case(str(said["case"]))
    return (
        File(str(said["case"]), Happened("edited", office.now, "client", facts)),
        Tell(office.actor.id, told, case=str(said["case"])),
        *(follow_up.named_later(office, case, facts["text"], facts["before"]) if case else ()),
    )


def edited(office: Office, message: int, text: str) -> Acts:
    """A changed message: in an open conversation the answer changes too, also in one that waits; of what was sent
    already both texts are kept."""
    cleaned = clean(text)
    for row in office.tx.find(TALKS.name, person=office.actor.id):
        asks_number = {name for name, _ in row["answers"] if question_of(name) in ASKS_NUMBER}
        new = _with_edit(row, message, cleaned.text, clean(text, numbers=True).text, asks_number)
        if any(new[name] != row.get(name, []) for name in ("answers", "kept", "attached")):
            if cleaned.masked and not asks_number:
                office.say(office.actor.id, MASKED)
            office.keep_talk(new | {"version": row["version"] + 1})
            return (Tell(office.actor.id, T("edited", "Your change is saved.")),)
    return _sent(office, message, text)


def _with_edit(
    row: dict[str, Any], message: int, text: str, with_numbers: str, asks_number: set[str]
) -> dict[str, Any]:
    def changed(part: dict[str, Any], number: bool = False) -> dict[str, Any]:
        told = with_numbers if number else text
        return part | {"text": told} if part["message"] == message and part["text"] else part

    return row | {
        "answers": [[name, changed(part, name in asks_number)] for name, part in row["answers"]],
        "kept": [[changed(part) for part in batch] for batch in row.get("kept", ())],
        "attached": [changed(part) for part in row.get("attached", ())],
    }
