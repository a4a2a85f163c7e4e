"""Role × command × relation, from the menu itself: what is forbidden is answered like what does not exist.

Nothing of a case changes, and no word of it is shown. Those who may do nothing with it: another client, an
administrator, a mediator of other cases, the mediator who is named in it, the manager of the one who is named, and the
mediators who had it before. Those with a small part in it (who is asked for an account, who carries out a measure, who
was only offered it) may do that part and nothing else. The surprising truth: a command that needs no case, like
/mijngegevens, shows one when its number is typed, so it is tried with a number too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.events import Tapped
from bot.record import CASES, EVENTS, REGISTER
from bot.sandbox.script import Person, Play, read
from handlers.menu import ADMIN, EVERYONE, MENU, STAFF, Item
from storage.store import Tx
from tests.conftest import example
from tests.in_memory import InMemory

MEDIATORS = "Karim (nl) mediator=karim; Joke (nl) mediator=joke; Bram (nl) mediator=bram"
STAFF_AND_RITA = f"people: Els (nl) manager=els; {MEDIATORS}; Rita (nl)"
COMPLAINT = """
Rita: /klacht
Rita: [Ja, dat is goed]
Rita: {story}
Rita: [Verder]
Rita: [Hoe ik ben behandeld]
Rita: [Geen hulpmiddel]
Rita: [Gisteren]
Rita: [Weet ik niet]
Rita: [Excuses maken]
Rita: [Verder]
Rita: [Voor mijzelf]
Rita: [Rita]
Rita: [Hier in Telegram]
Rita: [Klacht versturen]
< Uw kenmerk is {{ref}}
"""
ABOUT_KARIM = COMPLAINT.format(story="Karim luisterde niet en was heel kortaf tegen mij bij het passen.")
ABOUT_NOBODY = COMPLAINT.format(story="Iemand luisterde niet en was heel kortaf tegen mij bij het passen.")
SECRET = "luisterde niet"

# It is about Karim, and so not for Els, to whom he reports; Bram passed it on, and Joke asked Karim for his account.
NAMED = f"""
{STAFF_AND_RITA}
{ABOUT_KARIM}
Bram: /doorgeven {{ref}}
Bram: [Geen tijd]
Joke: [Oppakken]
Joke: [Nee, ik ben onafhankelijk]
Joke: /wederhoor {{ref}}
Joke: [Vraag Karim Haddad]
Joke: Was u erbij, en wat ziet u?
Joke: [Versturen]
"""
# Bram took it and Els gave it to Joke, who promised something and asked Karim to do something.
HANDED_OVER = f"""
{STAFF_AND_RITA}
{ABOUT_NOBODY}
Bram: [Oppakken]
Bram: [Nee, ik ben onafhankelijk]
Els: /toewijzen {{ref}}
Els: [Joke Postma (0)]
Joke: [Oppakken]
Joke: [Nee, ik ben onafhankelijk]
Joke: /belofte {{ref}}
Joke: Ik bel u op over het passen, want iemand luisterde niet.
Joke: [Deze week]
Joke: /maatregel {{ref}}
Joke: [Iets anders]
Joke: Een kaart met excuses sturen
Joke: [Iemand anders, of later]
Joke: [Karim Haddad]
Joke: [Deze week]
"""
# Bram was only offered it, and Els promised something all the same.
OFFERED = f"""
{STAFF_AND_RITA}
{ABOUT_NOBODY}
Els: /belofte {{ref}}
Els: Wij bellen over het passen, want iemand luisterde niet.
Els: [Deze week]
"""
# Nobody is there to take it, so it waits; an administrator may give it to somebody.
WAITING = f"""
people: Rita (nl)
{ABOUT_NOBODY}
"""
NOTHING = frozenset[str]()
PARTS: Mapping[str, tuple[str, Mapping[str, frozenset[str]]]] = {
    # what happened, and which commands work for whom; "committee" and the like say the same of any number
    "named":       (NAMED, {"Karim": frozenset({"account"}), "Els": NOTHING, "Bram": NOTHING, "Anna": NOTHING,
                            "Ada": NOTHING}),
    "handed over": (HANDED_OVER, {"Karim": frozenset({"done", "effect"}), "Bram": NOTHING, "Anna": NOTHING,
                                  "Ada": NOTHING}),
    "offered":     (OFFERED, {"Bram": frozenset(item.name for item in MENU if item.of_case and item.who == STAFF),
                              "Karim": NOTHING, "Joke": NOTHING, "Anna": NOTHING, "Ada": NOTHING}),
    "waiting":     (WAITING, {"Anna": NOTHING, "Ada": frozenset({"assign"})}),
}  # fmt: skip
PREFERS = {
    "language",
    "complaint",
    "again",
    "summary",
    "minutes",
    "numbers",
    "export",
    "review",
}  # about no case: go on from where somebody is, or say what was typed


class Stage(InMemory):
    """What happened, and the number of it."""

    number = ""

    async def answer(self, who: str, said: str) -> str:
        """What somebody hears to a command, or to a press when it begins with `do:` and the like."""
        before, last = len(await self.heard(who)), (await self.heard(who))[-1:]
        if said.startswith("/"):
            await self.say(who, said, False)
            return "\n".join(str(message["text"]) for message in (await self.heard(who))[before:])
        await self.take(who, Tapped(f"q{self.updates}", said, last[0]["id"] if last else 1))
        heard = await self.heard(who)
        changed = [heard[before - 1]] if last and heard[before - 1] is not last[0] else []  # shown in its place
        return "\n".join(str(message["text"]) for message in (*changed, *heard[before:]))

    def tried(self, item: Item) -> list[tuple[str, str]]:
        """The command and the button, about this case, and about one that nobody has."""
        digits = self.number.replace("-", "")
        return [
            (f"/{item.name} {self.number}", f"/{item.name} 2345-6789"),
            (f"/{item.dutch} {self.number.lower()}", f"/{item.dutch} 2345-6789"),
            (f"do:{item.name}:{digits}", f"do:{item.name}:23456789"),
            (f"do:{item.name}:{digits}:0 yes", f"do:{item.name}:23456789:0 yes"),
        ]


async def staged(folder: Path, script: str) -> Stage:
    world = Stage(example(folder), folder)
    play = Play(world)
    await play.perform(read(script))
    await world.person(Person("Anna", "nl"))
    await world.person(Person("Ada", "nl", "admin", "admin"))
    world.number = play.known["ref"]
    return world


@pytest.fixture
async def named(tmp_path: Path) -> AsyncIterator[Stage]:
    world = await staged(tmp_path, NAMED)
    yield world
    world.close()


def rows_of_cases(tx: Tx) -> list[list[dict[str, object]]]:
    return [list(tx.every(kind.name)) for kind in (CASES, EVENTS, REGISTER)]


@pytest.mark.parametrize("stage", PARTS)
async def test_nobody_outside_a_case_learns_of_it_or_changes_it(stage: str, tmp_path: Path) -> None:
    script, parts = PARTS[stage]
    world = await staged(tmp_path, script)
    for who, part in parts.items():
        kept = await world.store.read(rows_of_cases)
        for item in MENU:
            for about, nobody in world.tried(item):
                heard = await world.answer(who, about)
                assert SECRET not in heard, f"{who} {about}"
                if item.name not in part | PREFERS:
                    assert heard == await world.answer(who, nobody), f"{who} {about}"
            alone = await world.answer(who, f"/{item.name}")
            assert SECRET not in alone and (part or world.number not in alone), f"{who} /{item.name}"
        digits = world.number.replace("-", "")
        for data in (f"a:{digits}:0:free", f"b:{digits}:0", f"s:{digits}:0", f"do:agree:{digits}:1"):
            assert SECRET not in await world.answer(who, data)
        changed = await world.store.read(rows_of_cases) != kept
        assert not changed, who  # nor by a tap on "it worked": that is asked of what prevents, once it is done
    world.close()


async def test_staff_commands_do_not_exist_for_clients(named: Stage) -> None:
    unheard_of = await named.answer("Anna", "/hoera")
    for item in MENU:
        if item.who != EVERYONE:
            assert await named.answer("Anna", f"/{item.name} {named.number}") == unheard_of
            assert await named.answer("Rita", f"/{item.dutch} {named.number}") == unheard_of


async def test_those_of_the_case_can_open_it(named: Stage) -> None:
    assert SECRET in await named.answer("Joke", f"/zaak {named.number}")
    assert SECRET in await named.answer("Rita", f"/mijngegevens {named.number}")
    assert named.number in await named.answer("Rita", f"/status {named.number}")


async def test_who_has_a_small_part_can_do_it(named: Stage) -> None:
    assert "Wat gebeurde er volgens u?" in await named.answer("Karim", f"/mijn_kant {named.number}")
    await named.say("Karim", "Ik was er niet bij.", False)
    assert "Ik was er niet bij." in await named.answer("Joke", f"/zaak {named.number}")


async def test_who_carries_out_a_measure_says_that_it_is_done_and_sees_no_card(tmp_path: Path) -> None:
    world = await staged(tmp_path, HANDED_OVER)
    heard = len(await world.heard("Karim"))
    await world.say("Karim", f"/klaar {world.number}", False)
    await world.tap("Karim", "Het is gedaan")
    told = [str(message["text"]) for message in (await world.heard("Karim"))[heard:]]
    assert told[-1] == f"Vastgelegd bij {world.number}." and SECRET not in "\n".join(told)
    world.close()


async def test_an_administrator_gives_away_what_waits(tmp_path: Path) -> None:
    world = await staged(tmp_path, WAITING)
    assert "Niemand kan" in await world.answer("Ada", f"/toewijzen {world.number}")
    world.close()


# Without a number ----------------------------------------------------------------------------------------


async def test_a_command_without_a_number_means_the_only_case_or_offers_them(named: Stage) -> None:
    ours = [item for item in MENU if item.of_case and item.who == STAFF]
    assert SECRET in await named.answer("Joke", "/zaak")
    for item in ours:
        told = await named.answer("Joke", f"/{item.dutch}")
        assert told and "Welke zaak?" not in told, item.name
    await Play(named).perform(read(ABOUT_KARIM))  # a second one, for Bram, who passes it on
    await named.say("Bram", "/doorgeven", False)
    await named.tap("Bram", "Geen tijd")
    for item in ours:
        assert "Welke zaak?" in await named.answer("Joke", f"/{item.dutch}"), item.name
        (*rows,) = (await named.heard("Joke"))[-1]["buttons"]
        assert len(rows) == 2
        assert {button.data.split(":")[1] for row in rows for button in row} == {item.name}


async def test_who_has_no_case_is_offered_none(named: Stage) -> None:
    for who in ("Els", "Karim", "Bram"):
        for item in MENU:
            if item.of_case and STAFF & item.who and item.who <= ADMIN | STAFF:
                told = await named.answer(who, f"/{item.dutch}")
                known = "mediator" in item.who or who == "Els"  # a command of the managers is no command to the others
                assert ("geen open zaken" in told) == known, f"{who} /{item.dutch}"


async def test_a_client_with_several_is_asked_which(named: Stage) -> None:
    theirs = [item for item in MENU if item.of_case and item.who == EVERYONE]
    await Play(named).perform(read(ABOUT_KARIM))
    for item in theirs:
        assert "Over welke klacht gaat dit?" in await named.answer("Rita", f"/{item.dutch}"), item.name


async def test_a_colleague_who_is_a_client_too_means_their_own_complaint(tmp_path: Path) -> None:
    """Of one's cases as a mediator a client's command says nothing, also when none is named."""
    world = await staged(tmp_path, NAMED)
    for act in ("/klacht", "Ja, dat is goed", "Mijn eigen brace zakte af en ik heb een wond.", "Verder",
                "Wond of blaar", "Nu versturen"):  # fmt: skip
        await (world.say("Joke", act, False) if act[0] in "/M" else world.tap("Joke", act))
    assert "Wilt u stoppen met klacht" in await world.answer("Joke", "/intrekken")
    world.close()
