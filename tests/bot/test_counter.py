"""What is carried out together holds together, and what could not be done is not said to be done.

The surprising truth: between a question and its answer somebody else may act on the same case, so each of these takes
two people, or one person in two parts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import record
from bot.record import CASES, STAFF, about_case
from bot.sandbox.script import Person
from tests.bot.test_joining import Joining, shown
from tests.test_many import COMPLAINT

ELS = Person("Els", "nl", "manager", "els")
KARIM = Person("Karim", "nl", "mediator", "karim")
RITA = Person("Rita", "nl")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Joining]:
    world = Joining(tmp_path)
    await world.here(ELS, KARIM, RITA)
    yield world
    world.close()


def kinds(world: Joining, number: str) -> list[str]:
    return [str(row["kind"]) for row in world.store.export()["events"] if row["case"] == number]


async def test_what_came_too_late_is_not_said_to_be_recorded(world: Joining) -> None:
    number = await world.complaint("Rita")
    await world.all("Karim", f"/oppakken {number}", "[Nee, ik ben onafhankelijk]", f"/oorzaak {number}", "[Planning")
    await world.all("Rita", f"/intrekken {number}", "[Ja, stop ermee]", "[Overslaan]", "[Ja, dat weet ik zeker]")
    told = await world.answer("Karim", "De bestelling was vergeten.")
    assert told == f"Dat kan nu niet bij {shown(number)}. Open de zaak om te zien wat wel kan."
    assert "cause" not in kinds(world, number)


async def test_two_complaints_are_joined_both_or_not_at_all(world: Joining) -> None:
    one, other = await world.complaint("Rita"), await world.complaint("Rita")
    await world.all("Els", f"/samenvoegen {one}", f"[{shown(other)}")
    assert (kinds(world, one)[-1], kinds(world, other)[-1]) == ("duplicate", "related")


@pytest.mark.parametrize("about", ["", "Bram"])
async def test_who_handles_the_other_reads_the_words_that_were_joined_to_it(world: Joining, about: str) -> None:
    """Nothing of it is lost, as its client is told; but whom it is about reads it as little as before."""
    await world.here(Person("Bram", "nl", "mediator", "bram"))  # Els is not the one he reports to
    other = await world.complaint("Rita")
    await world.all("Bram", f"/oppakken {other}", "[Nee, ik ben onafhankelijk]")
    words = f"De knieband van {about or 'vorige week'} knelt en ik heb een wond."
    one = await world.complaint("Rita", *COMPLAINT[:2], words, *COMPLAINT[3:])
    assert "knelt" not in await world.answer("Bram", f"/zaak {one}")
    await world.all("Els", f"/samenvoegen {one}", f"[{shown(other)}")
    assert ("knelt" in await world.answer("Bram", f"/zaak {one}")) == (not about)


async def test_of_two_that_cannot_be_joined_any_more_the_other_stays_as_it_is(world: Joining) -> None:
    one, other = await world.complaint("Rita"), await world.complaint("Rita")
    await world.all("Els", f"/samenvoegen {one}")
    await world.all("Rita", f"/intrekken {one}", "[Ja, stop ermee]", "[Overslaan]", "[Ja, dat weet ik zeker]")
    await world.tap("Els", shown(other))
    assert "duplicate" not in kinds(world, one) and "related" not in kinds(world, other)


async def test_nobody_joins_a_complaint_to_their_own(world: Joining) -> None:
    """Of her own complaint Els is the client: it would close the other one and take up nothing."""
    own, other = await world.complaint("Els"), await world.complaint("Rita")
    assert "geen andere open klacht" in await world.answer("Els", f"/samenvoegen {other}")
    assert shown(own) not in (await world.texts("Els"))[-1]


async def test_who_is_away_stays_away_with_another_role(world: Joining) -> None:
    await world.all("Karim", "/afwezig", "vrijdag")
    await world.answer("Karim", f"/start {await world.link('manager', 'karim')}")
    assert (await world.store.read(lambda tx: tx.get(STAFF.name, "karim")) or {})["away"] == "2026-11-27"
    number = await world.complaint("Rita")
    assert await world.mediator(number) == ""


async def test_who_disagrees_with_more_time_hears_where_to_go_and_the_manager_hears_it(world: Joining) -> None:
    number = await world.complaint("Rita")
    await world.all("Karim", f"/oppakken {number}", "[Nee, ik ben onafhankelijk]")
    await world.all("Karim", f"/verlengen {number}", "[2 weken langer]", "De fabriek is dicht.", "[Versturen]")
    before = len(await world.texts("Els"))
    await world.all("Rita", "[Ik ben het niet eens]")
    assert "klachtencommissie van NVOS-Orthobanda" in "\n".join((await world.texts("Rita"))[-2:])
    assert any(shown(number) in text for text in (await world.texts("Els"))[before:])


@pytest.mark.parametrize("number", ["23456789", "22222222", "7QXM4RTB", "QXMRTBAA"])
def test_every_number_is_the_number_of_a_case(number: str) -> None:
    assert set(number) <= set("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")
    assert about_case(number)


def test_what_is_about_no_case_is_not_taken_for_one() -> None:
    assert not [subject for subject in ("new", "entry", "absence", "evaluate") if about_case(subject)]
    assert CASES.name and record.case_subject("7QXM4RTB") == "c:7QXM4RTB" and COMPLAINT
