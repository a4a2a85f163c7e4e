"""A client's request to delete their data (AVG art. 17): what a manager decides, and what the client hears of it.

The surprising truth: deleting leaves the row in the register, which holds no words and no name, so that the numbers of
the firm stay true.
"""

from __future__ import annotations

from handlers.acts import Acts, Erase, File, Office, Tell
from handlers.conversation import Flow, Option
from handlers.facts import Facts
from handlers.mediator.talks import Entry, in_their_language, record, ref_of
from handlers.procedure.case import Case, Happened
from handlers.questions import choice, to_be_sure, words
from handlers.texts import In, Number, Quote, T, Text


def decide(facts: Facts) -> Flow[Entry | None]:
    """Delete it now, or keep it because the law or a matter that still runs asks so; the client reads why."""
    case = facts.case
    assert case is not None
    given = yield from choice(
        "request",
        T("request", "The client asks to delete what was said in {ref}. What do you decide?", ref=ref_of(facts)),
        *(
            (Option("delete", T("b_request_delete", "Delete it"), "danger"),)
            if not (case.open or case.undecided)
            else ()
        ),
        Option("keep", T("b_request_keep", "Keep it, because…")),
        free=False,
    )
    reason = ""
    if given.option == "keep":
        why = yield from words(
            "request_why",
            T("request_why", "Why do we keep it? The client reads your reason.{language}",
              language=in_their_language(facts)),
        )  # fmt: skip
        reason = why.text
    seen = T(
        "request_sure",
        "<b>The client will get</b>\n{words}\nNot sent yet.",
        words=In(case.language, told(case, given.option, reason)),
    )
    if not (yield from to_be_sure("request_sure", seen, "request", "request_why")):
        return None
    return Entry("forget_decided", {"choice": given.option, "reason": reason})


def told(case: Case, choice: str, reason: str) -> Text:
    ref = Number(case.number)
    if choice == "delete":
        return T("request_deleted", "You asked us to delete your data. All you told us in complaint {ref} is deleted.",
                 ref=ref)  # fmt: skip
    return T("request_kept", "You asked us to delete your data. We keep complaint {ref} for now. The reason:\n{words}",
             ref=ref, words=Quote(reason))  # fmt: skip


def decided(office: Office, case: Case | None, entry: Entry | None) -> Acts:
    """The words to the client belong to no case: they must leave also when the case is gone."""
    assert case is not None
    if entry is None:
        return record(office, case, None)
    facts = office.facts
    event = Happened(entry.kind, facts.now, facts.actor.key, entry.facts)
    said = told(case, str(entry.facts["choice"]), str(entry.facts["reason"]))
    acts: Acts = (File(case.number, event), *((Tell(case.client, said),) if case.online else ()))
    done = T("request_done", "Noted. The client hears of it.")
    if entry.facts["choice"] == "delete":
        return (*acts, Erase(case.number), Tell(facts.actor.id, done))
    return (*acts, Tell(facts.actor.id, done))
