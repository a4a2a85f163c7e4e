"""The counter: a command becomes acts, and acts are carried out, all within the transaction of one turn.

The surprising truth: an act may lead to further acts (a complaint to a receipt and an assignment), so they wait in
one queue and become durable together or not at all. Whether something may be done is asked here, in one place, of
`steps.can`, whatever road it came by.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot import record
from bot.office import Office
from bot.record import CASES, SAID, TALKS
from bot.talking import Talking
from handlers import menu, notices
from handlers.acts import Act, Acts, Begin, Do, Erase, File, Forget, Press, Print, Settle, Tell, Toast
from handlers.client.follow_up import which
from handlers.mediator import cases
from handlers.procedure import steps
from handlers.procedure.case import Case, Happened
from handlers.procedure.steps import Actor
from handlers.texts import Number, T, Text

BOT = Actor(0, "", "nl")
UNKNOWN_COMMAND = T("unknown_command", "I do not know that. Send /help to see what you can do here.")
UNKNOWN_CASE = T("unknown_case", "I cannot find that complaint. Check the number, or send /help.")


class Counter:
    def __init__(self, office: Office) -> None:
        self.office, self.talking = office, Talking(office)

    def carry_out(self, acts: Acts) -> None:
        office, waiting = self.office, deque[Act](acts)
        while waiting:
            follows: Acts = ()
            match waiting.popleft():
                case Tell() as tell:
                    office.tell(tell)
                case File(number, happened):
                    if refusal := self._refused(number, happened):
                        waiting.clear()  # what was to be said and done with it is not so either
                        office.tell(refusal)
                    else:
                        follows = self._file(number, happened)
                case Begin() as begin:
                    follows = self._begin(begin)
                case Forget(subject):
                    office.tx.discard(TALKS.name, f"{office.actor.id}:{subject}")
                    office.bring_to_front("")
                case Erase(number):
                    record.erase_case(office.tx, number, office.facts.today)
                case Settle(language):
                    self._settle(language)
                case Do(command, arg):
                    follows = self.command(command, arg)
                case Print() as wanted:
                    office.paper(wanted)
                case Toast(text):
                    office.toast(text)
            waiting.extendleft(reversed(follows))

    def command(self, name: str, arg: str) -> Acts:
        """What a command or button leads to, for this person. Not theirs and unknown are answered alike."""
        office, item = self.office, menu.BY_NAME.get(name)
        if item is None or not item.who & (office.actor.roles | {"client"}):
            return (Tell(office.actor.id, UNKNOWN_COMMAND),)
        case, rest = self._meant(arg)
        if case is not None and not self._concerns(item, case):
            case, rest = None, arg  # whoever has a part in it has no part in everything
        if case is None and item.of_case and not arg:
            case = self._only_case(item)
        if item.of_case and case is None and not arg and item.who <= menu.ADMIN | menu.STAFF:
            return cases.which(office, item.name)
        if item.of_case and case is None and not arg and office.cases_of_client(office.actor.id):
            return which(office, item.name)
        if not item.of_case and case is not None and not steps.may_read(office.actor, case):
            case, rest = None, arg  # who only knows that it exists asks for a copy of the file in vain
        if item.of_case and (case is None or not self._concerns(item, case)):
            return (Tell(office.actor.id, UNKNOWN_CASE),)
        return item.run(office, case, rest)

    def _concerns(self, item: menu.Item, case: Case) -> bool:
        """Staff commands are for those the case is given to, client buttons for its client."""
        mine = {"client"} if item.who == menu.EVERYONE else {"mediator", "assigned", "manager"}
        return bool(steps.relations(self.office.actor, case) & (mine | set(item.also.split())))

    def _meant(self, arg: str) -> tuple[Case | None, str]:
        """The case *arg* begins with, if this person may know of it, and what follows it."""
        office = self.office
        head, _, rest = arg.strip().replace(":", " ", 1).partition(" ")
        number = head.replace("-", "").upper()
        if len(number) == 4 and office.actor.roles:  # staff may type the first four when that is enough
            alike = office.tx.find(CASES.name, number=(number, number + "~"), limit=2)
            number = str(alike[0]["number"]) if len(alike) == 1 else number
        case = office.case(number) if len(number) == 8 else None
        if case is None or not steps.may_see(office.actor, case):
            return None, arg
        return case, rest.strip()

    def _only_case(self, item: menu.Item) -> Case | None:
        """The case meant when none is named: the only one there is. A colleague may be a client as well."""
        office, staff = self.office, self.office.actor.key and item.who != menu.EVERYONE
        mine = office.cases_of_mediator(office.actor.key) if staff else office.cases_of_client(office.actor.id)
        return mine[0] if len(mine) == 1 else None

    def _begin(self, begin: Begin) -> Acts:
        """Start a talk if what it leads to may be done now; better to hear it before the questions than after."""
        step = menu.TALKS[begin.talk].step
        if step:
            case = self.office.case(begin.subject)
            if case is None or not steps.may_see(self.office.actor, case):
                return (Tell(self.office.actor.id, UNKNOWN_CASE),)
            if not steps.can(self.office.actor, step, case):
                return (not_now(self.office.actor, case),)
        return self.talking.begin(begin)

    def _refused(self, number: str, happened: Happened) -> Tell | None:
        """What somebody hears who may not do this (any more); None when it is done, and of what the bot may not do."""
        office, case = self.office, self.office.case(number)
        if case is None or happened.by == "bot" or steps.can(office.actor, happened.kind, case):
            return None
        return not_now(office.actor, case)

    def _file(self, number: str, happened: Happened) -> Acts:
        office, case = self.office, self.office.case(number)
        if case is not None and happened.by == "bot" and not steps.can(BOT, happened.kind, case):
            return ()
        happened = replace(happened, facts=self._in_words(happened.facts, case))
        case = record.append(office.tx, office.rules.firm, office.rules.zone, case, number, happened)
        office.soonest = 0.0  # its deadlines are others now
        if happened.kind == "redacted":
            return self._strike_out(case, happened)
        if happened.by == "client":
            self._remember(case)
        return notices.after(office, case, happened)

    def _strike_out(self, case: Case, happened: Happened) -> Acts:
        """The word is hidden from now on; destroyed, not even the event that says so holds it."""
        if happened.facts["how"] == "destroy":
            record.destroy(self.office.tx, case.number, happened.facts["word"])
        self.office.tx.audit({"what": happened.facts["how"], "case": case.number, "by": happened.by,
                              "at": self.office.now.isoformat()})  # fmt: skip
        return ()

    def _remember(self, case: Case) -> None:
        """Which messages became part of the case: a later edit of one is kept beside its first text."""
        office = self.office
        for given in office.spoken.values():
            if given.message and given.text:
                name, subject = f"{office.actor.id}:{given.message}", record.case_subject(case.number)
                office.tx.put(SAID.name, {"name": name, "case": case.number, "subject": subject, "text": given.text})
        office.spoken = {}

    def _in_words(self, facts: Mapping[str, Any], case: Case | None) -> Mapping[str, Any]:
        """A text among the facts (a letter) is kept as the words its reader got."""
        language = case.language if case else self.office.actor.language
        words = self.office.rules.words
        return {name: words.plain(fact, language) if isinstance(fact, Text) else fact for name, fact in facts.items()}

    def _settle(self, language: str) -> None:
        office = self.office
        person = office.person(office.actor.id)
        if not language:
            office.keep(person | {"loose": []})
            return
        office.keep(person | {"language": language})
        office.actor = replace(office.actor, language=language)
        office.say(office.actor.id, T("language_set", "We go on in English."))
        if row := office.front():
            self.carry_out(self.talking.ask_again(row))


def not_now(actor: Actor, case: Case) -> Tell:
    """What somebody hears who may not do this now, and where they see what they may."""
    related, ref = steps.relations(actor, case), Number(case.number)
    if related & {"mediator", "manager"}:
        text = T("not_now", "That is not possible now for {ref}. Open the case to see what is.", ref=ref)
        return Tell(actor.id, text, case=case.number)
    if "client" in related:
        text = T("not_now_client", "That is not possible now for complaint {ref}.", ref=ref)
        return Tell(actor.id, text, ((Press(T("b_what_can", "See what is possible"), "status", case.number),),),
                    case.number)  # fmt: skip
    return Tell(actor.id, T("not_now_any_more", "That is not possible any more for {ref}.", ref=ref), case=case.number)
