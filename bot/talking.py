"""Carries conversations on: loads the answers, plays the flow, keeps what changed, and shows the open question.

What is asked lives in handlers/; the rule of replay in handlers/conversation.py. The surprising truth: a question
is a message with a slot, and answering it edits that message to show the answer and drops its buttons, so the chat
reads as a record and an old button is seldom there to press.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

from bot import record
from bot.events import Edit
from bot.office import Office
from bot.record import TALKS
from bot.words import BACK, STOP, split
from handlers import conversation
from handlers.acts import Acts, Begin
from handlers.client.intake import tells_of_danger
from handlers.conversation import Answer, Answers, Turn, question_of
from handlers.menu import TALKS as FLOWS
from handlers.procedure import steps
from handlers.questions import LONGEST
from handlers.texts import Field, T

REMIND_DRAFT = timedelta(hours=24)
TAP_WAITS = timedelta(hours=1)  # words for a case, without the tap on Continue: then they are added all the same
DANGER_WAITS = timedelta(minutes=15)  # a danger in an unsent complaint: then somebody hears of it, without content
APART = 1000  # versions kept for one conversation: each answer is one
Row = dict[str, Any]
FIRST_QUESTION = {  # where loose words may belong
    "intake": "story", "add": "addition", "question": "question", "reply": "reply",
}  # fmt: skip
MAY_BE_SAID = {"disagree"}  # here too; but nothing is decided by words alone, so no clock ends it
TAKES_FILES = {"intake", "rest"}  # talks that keep a file sent at a question for something else
CLIENTS = {  # on every step of these a person is one tap or one sentence away
    *FIRST_QUESTION, *TAKES_FILES, "disagree", "road", "object", "referred", "withdraw", "reopen", "survey",
}  # fmt: skip
ASKS_WISH = {"wishes"}  # here "call me" is an answer
FILE_KEPT = T("file_kept", "Saved with your complaint.")


class Talking:
    """The conversations of the person whose turn it is."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def begin(self, begin: Begin) -> Acts:
        """Start a conversation, or bring the one that is going on to the front; it asks about words kept before."""
        office, row = self.office, self.office.talk_row(begin.subject)
        first = FIRST_QUESTION.get(begin.talk, "")
        loose = office.person(office.actor.id)["loose"] if first or begin.talk in MAY_BE_SAID else []
        if not first and any(part["file"] for part in loose):
            loose = []  # a reason has no place for a file: it waits for where it belongs
        if row is not None and row["flow"] != begin.talk:
            self._park(row)
            row = None
        if row is None:
            row = self._parked(begin)
        ended: Acts = ()
        if row is not None and begin.given and not begin.fresh and _of_another(row, begin):
            ended = self.finish(row) or ()  # the same kind, of something else: what was said there counts there
            self._retire(row, None)
            row = None
        if row is None or begin.fresh:
            person = office.person(office.actor.id)
            given = [[name, record.answer_row(self._now(option=option))] for name, option in begin.given]
            if begin.said is not None:
                given.append([first, record.answer_row(replace(begin.said, on=office.facts.today.isoformat()))])
            if row is not None:
                self._retire(row, None)
            row = {
                "talk": f"{office.actor.id}:{begin.subject}", "person": office.actor.id, "subject":
                record.person_subject(office.actor.id), "about": begin.subject, "flow": begin.talk,
                "answers": given, "kept": [], "attached": [],
                # Begins beyond every earlier conversation, whose buttons must answer nothing in this one.
                "misses": 0, "version": APART * person["begun"], "touched": office.now.isoformat(),
                "asked": None, "next": None, "alerted": False,
            }  # fmt: skip
            office.keep(person | {"begun": person["begun"] + 1})
        if loose:
            office.keep(office.person(office.actor.id) | {"loose": []})
            asked = f"{first}_kept"
            if begin.keeps and not row.get("kept"):
                row = row | {"answers": [*row["answers"], [asked, record.answer_row(self._now(option="yes"))]]}
            row = row | {"kept": [*row.get("kept", ()), loose]}
        office.bring_to_front(begin.subject)
        return (*ended, *self._go(row, conversation.play(self._flow(row), record.answers_of(row)), asked_anew=True))

    def _park(self, row: Row) -> None:
        """Put a half-finished conversation aside: another about the same case comes first, and nothing is lost."""
        self._retire(row, None)
        self.office.tx.remove(TALKS.name, row["talk"])
        if row["answers"] or row.get("kept"):
            waits = row["flow"] in FIRST_QUESTION and record.about_case(row["about"])
            after = ceil((self.office.now + TAP_WAITS).timestamp()) if waits else None
            self.office.keep_talk(row | {"talk": f"{row['talk']}#{row['flow']}", "next": after})

    def _parked(self, begin: Begin) -> Row | None:
        """The conversation of that kind that was put aside."""
        talk = f"{self.office.actor.id}:{begin.subject}"
        row = self.office.tx.get(TALKS.name, f"{talk}#{begin.talk}")
        if row is None:
            return None
        self.office.tx.remove(TALKS.name, row["talk"])
        return row | {"talk": talk, "asked": None}

    def answer(self, row: Row, given: Answer) -> Acts:
        """The person answered the open question."""
        office = self.office
        flow = self._flow(row)
        turn = conversation.play(flow, record.answers_of(row))
        if given.file and turn.ask is not None and not turn.ask.files and row["flow"] in TAKES_FILES:
            return self._attach(row, given)
        if turn.ask is not None and given.text and not given.option:
            language = office.actor.language
            if option := office.rules.words.meant(turn.ask, given.text, language):
                given = Answer(option=option.name, message=given.message)
            elif office.rules.words.is_label(STOP, given.text, language):
                return self.stop(row)
            elif turn.used and office.rules.words.is_label(BACK, given.text, language):
                return self.back(row)
        given = self._now(given.option, given.text, given.file, row["misses"], given.message)
        chosen = (
            next((o.echo or o.label for o in turn.ask.options if o.name == given.option), None) if turn.ask else None
        )
        return self._go(row, conversation.give_at(flow, turn, given), chosen)

    def _attach(self, row: Row, given: Answer) -> Acts:
        """A file at a question for something else: it is kept, and the question stays open."""
        part = record.answer_row(replace(given, on=self.office.facts.today.isoformat()))
        row = row | {"attached": [*row.get("attached", ()), part][-LONGEST:]}
        turn = conversation.play(self._flow(row), record.answers_of(row))
        return self._go(row, replace(turn, say=(FILE_KEPT,)), asked_anew=True)

    def wishes_elsewhere(self, row: Row, text: str) -> bool:
        """Would *text*, a wish such as "call me", be no answer to the open question?"""
        ask = conversation.play(self._flow(row), record.answers_of(row)).ask
        if ask is None or row["flow"] not in CLIENTS or question_of(ask.name) in ASKS_WISH:
            return False
        return self.office.rules.words.meant(ask, text, self.office.actor.language) is None

    def same_talk(self, row: Row, version: str) -> bool:
        return version.isdecimal() and int(version) // APART == row["version"] // APART

    def same_button(self, row: Row, version: str, option: str, print_: str) -> bool:
        """Does an older button of this conversation say what one of the open question says now?"""
        if not self.same_talk(row, version):
            return False
        ask = conversation.play(self._flow(row), record.answers_of(row)).ask
        if ask is None:
            return False
        prints = self.office.rules.words.prints(ask, self.office.actor.language)
        return (option, print_) in zip((one.name for one in ask.options), prints, strict=True)

    def finish(self, row: Row) -> Acts | None:
        """What a conversation that only lacks its last taps comes to: everything in it counts. None: it cannot be ended
        so, and is left as it is."""
        turn = conversation.play(self._flow(row), record.answers_of(row))
        for _ in range(LONGEST):
            if turn.ask is None:
                break
            last = next((o for o in turn.ask.options if o.name in {"continue", "yes"}), None)
            if last is None:
                return None
            turn = conversation.give(self._flow(row), turn.answers, self._now(option=last.name))
        step, case = FLOWS[row["flow"]].step, self.office.case(row["about"])
        if turn.ask is not None or case is None or (step and not steps.can(self.office.actor, step, case)):
            return None
        self._retire(row, None)
        self.office.tx.remove(TALKS.name, row["talk"])
        self.office.spoken = turn.answers
        return FLOWS[row["flow"]].finish(self.office, case, turn.result)

    def back(self, row: Row) -> Acts:
        return self._go(row, conversation.back(self._flow(row), record.answers_of(row)), asked_anew=True)

    def ask_again(self, row: Row) -> Acts:
        return self._go(row, conversation.play(self._flow(row), record.answers_of(row)), asked_anew=True)

    def stop(self, row: Row) -> Acts:
        """Stop and save: nothing is lost, and the person hears how to go on."""
        office = self.office
        office.bring_to_front("")
        self._retire(row, None)
        until = office.facts.today + timedelta(days=office.rules.firm.retention.draft_days)
        if not record.about_case(row["about"]):
            text = T("saved", "Your answers are saved until {date}. Send /complaint to continue.", date=until)
        else:
            text = T("saved_case", "Saved. Press the same button to go on.")
        office.keep_talk(row | {"touched": office.now.isoformat()})
        office.say(office.actor.id, text)
        return ()

    # ---------------------------------------------------------------------------------------------------

    def _now(self, option: str = "", text: str = "", file: Any = None, misses: int = 0, message: int = 0) -> Answer:
        return Answer(text, option, file, self.office.facts.today.isoformat(), misses, message)

    def _flow(self, row: Mapping[str, Any]) -> Callable[[], conversation.Flow[Any]]:
        kept = tuple(tuple(map(record.answer_of, batch)) for batch in row.get("kept", ()))
        attached = tuple(map(record.answer_of, row.get("attached", ())))
        facts = replace(self.office.case_facts(row["about"]), kept=kept, attached=attached)
        flow = FLOWS[row["flow"]].flow
        return lambda: flow(facts)

    def _go(self, row: Row, turn: Turn[Any], chosen: Field | None = None, asked_anew: bool = False) -> Acts:
        """Keep what changed and show where the conversation stands now; *chosen* is the label of the button pressed."""
        office, answers = self.office, record.answers_row(turn.answers)
        changed = answers != row["answers"]
        row = row | {
            "answers": answers, "version": row["version"] + changed,
            "misses": row["misses"] + 1 if turn.refused else 0, "touched": office.now.isoformat(),
            "next": self._next(row, turn.answers),
        }  # fmt: skip
        if turn.ask is None:
            self._retire(row, chosen)
            office.tx.remove(TALKS.name, row["talk"])
            office.bring_to_front("")
            office.spoken = turn.answers
            case = office.case(row["about"]) if record.about_case(row["about"]) else None
            return FLOWS[row["flow"]].finish(office, case, turn.result)
        self._show(row, turn, chosen, asked_anew)
        office.keep_talk(row)
        return ()

    def _next(self, row: Row, answers: Answers) -> int | None:
        """When the clock looks after this conversation: a complaint that is not sent yet, or words for a case that
        only lack a tap on Continue."""
        if row["flow"] in FIRST_QUESTION and record.about_case(row["about"]):
            return ceil((self.office.now + TAP_WAITS).timestamp()) if answers or row.get("kept") else None
        if row["about"] == "entry":
            return ceil((self.office.now + timedelta(days=self.office.rules.firm.retention.draft_days)).timestamp())
        if row["about"] != "new":
            return None
        dangerous = tells_of_danger(answers) and not row["alerted"]
        return ceil((self.office.now + (DANGER_WAITS if dangerous else REMIND_DRAFT)).timestamp())

    def _show(self, row: Row, turn: Turn[Any], chosen: Field | None, asked_anew: bool) -> None:
        office, words = self.office, self.office.rules.words
        assert turn.ask is not None
        language, about = office.actor.language, row["about"] if record.about_case(row["about"]) else ""
        role = "staff" if row["about"] != "new" and office.actor.key else "client"
        said = [*turn.say, turn.refused] if turn.refused else [*turn.say]
        html = "\n\n".join(words.html(text, language) for text in (*said, turn.ask.text))
        mark = f"{row['about']}:{row['version']}"
        keyboard = words.answers(turn.ask, language, mark, bool(turn.used), human=row["flow"] in CLIENTS)
        pieces, case = split(html), about
        asked = row["asked"]
        same = asked is not None and question_of(asked["name"]) == question_of(turn.ask.name)
        if turn.ask.in_place and same and not asked_anew and not turn.refused and len(pieces) == 1:
            office.post(
                office.actor.id, Edit(office.actor.id, 0, html, keyboard), role=role, case=case, slot=asked["slot"]
            )
            row["asked"] = {**asked, "name": turn.ask.name, "html": html}
            return
        self._retire(row, None if turn.refused else chosen)
        slot = f"q:{row['about']}:{row['version']}:{office.chance.getrandbits(32):08x}"
        office.send(office.actor.id, pieces, keyboard, role, case, slot)
        row["asked"] = {"name": turn.ask.name, "slot": slot, "html": html if len(pieces) == 1 else ""}

    def _retire(self, row: Row, chosen: Field | None) -> None:
        """Take the buttons off the question that was open, and show what was answered by a button; typed words stand
        in the chat already."""
        asked, office = row["asked"], self.office
        if not asked or not asked["html"]:
            return
        html = asked["html"]
        if chosen is not None:
            told = T("your_answer", "Your answer: {answer}", answer=chosen)
            html = f"{html}\n\n<i>{office.rules.words.html(told, office.actor.language)}</i>"
        if len(split(html)) == 1:
            edit = Edit(office.actor.id, 0, html)
            role, about = "staff" if office.actor.key else "client", str(row["about"])
            office.post(
                office.actor.id, edit, role=role, case=about if record.about_case(about) else "", slot=asked["slot"]
            )
        row["asked"] = None


def _of_another(row: Row, begin: Begin) -> bool:
    """Was the conversation of *row* begun with other options?"""
    answers = record.answers_of(row)
    return any(name in answers and answers[name].option != option for name, option in begin.given)
