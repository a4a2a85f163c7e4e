"""What proves what: `make proof` writes docs/proof.md, docs/letter.md and docs/taps.md from the transcripts.

A transcript says in its first lines what it proves (`# proves: R10 L4`); here stands, in a sentence each, what every
requirement asks. The surprising truth: nothing in those pages is written by hand, so a transcript that is thrown away
empties its row, and tests/rules/test_proof.py fails.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from babel.dates import format_date

from bot.sandbox import script
from bot.sandbox.demo import SCRIPT
from tests.conftest import example
from tests.in_memory import InMemory

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "tests" / "scenarios"
MARK = re.compile(r"^# proves:((?: [RLD]\d+)+)$")
FROM, TO = "# from here", "# to here"  # what is counted for docs/taps.md
MOST_TAPS = 6

PAGE = {
    "R01": "A complaint has a number before the talk ends; what is not sent is kept, and a danger in it is told of.",
    "R02": "No case closes without a cause and a conclusion.",
    "R03": "A case holds any number of measures; that none is needed is a choice with a reason.",
    "R04": "How long a complaint took is known per case and shown per topic.",
    "R05": "The client is asked how satisfied they are after closing.",
    "R06": "One form for every complaint, by chat, phone, visit, letter or e-mail.",
    "R07": "Every complaint is one row of the complaints register, counted in the summary.",
    "R08": "Also what is stopped, doubled, unfounded or no complaint keeps its row; nothing is deleted.",
    "R09": "Told by phone or in person is acknowledged by the telling; no letter is ever asked for.",
    "R10": "A letter or e-mail is acknowledged within seven calendar days, counted from the day it came.",
    "R11": "Day, sender and text of that letter are kept; it is reminded of on day 5, and shown when late.",
    "R12": "In the chat the receipt comes at once: number, date, what happens next, the term, and a human.",
    "R13": "The letter asks for what is still unclear, and for nothing that was said already.",
    "R14": "Answers are added and never overwrite; without an answer the case goes on with what is known.",
    "R15": "One topic per complaint: the bot suggests, people choose, staff may correct it.",
    "R16": "Per topic a manager decides if additional action is needed, with the ground; it stays visible.",
    "R17": "A cause, coded and in words, comes before the outcome.",
    "R18": "The six measures of the page, each with its facts, owner, date and result.",
    "R19": "A mediator is assigned, told, and accepts; a case can also do without one.",
    "R20": "Who is named, who they report to, and who is involved cannot handle the case, also when named later.",
    "R21": "A mediator reads the own cases only; a colleague it is about reads nothing.",
    "R22": "Whether a corrective measure is needed is decided in every case, with the reason.",
    "R23": "Structural or incidental is decided before closing, beside what chance would give.",
    "R24": "A structural problem gets a preventive measure, or a reason; it outlives the case and is checked.",
    "R25": "The client goes to the committee; the bot sends nothing there and records that it was done.",
    "R26": "The way to the committee opens when we do not agree, and can be asked for at any time.",
    "R27": "The committee's address is the one of the page.",
    "R28": "Founded or unfounded is the committee's word, with its date, advice and what we do with it.",
    "R29": "The note for the client's file: number, date, aid and what was agreed; no story, no names.",
}
LIFE = {
    "L1": "The client sends the complaint: number, receipt, notice to the manager.",
    "L2": "Staff register a complaint for somebody else, on the day it came.",
    "L3": "The receipt arrives, or it was told in person: acknowledged.",
    "L4": "The letter is sent: acknowledged on that day.",
    "L5": "The mediator asks the client something; the bot reminds after 7 and 14 days.",
    "L6": "The client answers: the answer stands beside the question.",
    "L7": "No answer for 21 days: the handler goes on with what is known; nothing closes by itself.",
    "L8": "The topic is a fact somebody may correct, and is needed before the outcome.",
    "L9": "A mediator who is free is offered the case, without its content.",
    "L10": "The mediator accepts, declares independence, and reads it.",
    "L11": "Declined, involved or silent for 24 hours: the next one, then the manager.",
    "L12": "The manager handles it without a mediator.",
    "L13": "Cause, measures, structural or not, and prevention are recorded.",
    "L14": "Handed over, or the client's one objection: the old one loses it at once, the dates stay.",
    "L15": "The outcome needs topic, cause, measure and kind; it is seen before it is sent.",
    "L16": "The client agrees with this outcome; the handler closes what is complete.",
    "L17": "The client disagrees and hears the committee's address and term.",
    "L18": "No answer to the outcome: reminded, closed as unanswered by a person, never taken for a yes.",
    "L19": "It is looked at again once; two outcomes at most.",
    "L20": "The client has gone to the committee: our terms stop.",
    "L21": "The verdict is recorded, and told to the client.",
    "L22": "After the verdict the case is closed.",
    "L23": "The client stops the complaint, confirmed twice; saying why is optional.",
    "L24": "A duplicate is joined, a question is no complaint; the client hears so and may object.",
    "L25": "Opened again: by the client for eight weeks, by a manager always.",
    "L26": "More time: once, at most four weeks, with a reason; again only if the client taps yes.",
    "L27": "A correction is a new entry; what stood there before stays visible.",
}
DATES = {
    "D1": "The acknowledgement of a letter: seven calendar days, reminded on day 5, late after day 7.",
    "D2": "Accepted within 24 hours; the client hears from a person within five working days.",
    "D3": "The outcome within six weeks; told 14, 7 and 2 days before, and once when late.",
    "D4": "The client's answer to the outcome: fourteen days, reminded half-way.",
    "D5": "Every measure and promise on its own date: before, on, and after.",
}
ASKED = {**PAGE, **LIFE, **DATES}


def transcripts() -> dict[str, Path]:
    return {path.stem: path for path in (SCRIPT, *sorted(SCENARIOS.glob("*.txt")))}


def marks(text: str) -> tuple[str, ...]:
    """What a transcript says it proves, in the comments before its first line."""
    head = [line for line in text.splitlines() if line.strip()]
    comments = head[: next((n for n, line in enumerate(head) if not line.startswith("#")), len(head))]
    return tuple(name for line in comments if (found := MARK.match(line)) for name in found[1].split())


def proven() -> Mapping[str, list[Path]]:
    found: dict[str, list[Path]] = {name: [] for name in ASKED}
    for path in transcripts().values():
        for name in marks(path.read_text(encoding="utf-8")):
            found.setdefault(name, []).append(path)
    return found


# docs/proof.md -------------------------------------------------------------------------------------------


def table(title: str, rows: Mapping[str, str], found: Mapping[str, list[Path]]) -> Iterator[str]:
    yield f"## {title}\n\n| | what it asks | proven by |\n|---|---|---|"
    for name, asks in rows.items():
        links = ", ".join(f"[{path.stem}](../{path.relative_to(ROOT).as_posix()})" for path in found[name])
        yield f"| {name} | {asks} | {links} |"
    yield ""


def proof() -> str:
    found = proven()
    return "\n".join(
        (
            "# What proves what\n",
            "Written by `make proof` from the marks in the transcripts; each of them is played in memory and on both "
            "engines\nby `tests/test_scenarios.py`. A row without a transcript fails the build.\n",
            *table("The customer's page, sentence by sentence", PAGE, found),
            *table("The life of a case", LIFE, found),
            *table("Its dates", DATES, found),
        )
    )


# docs/letter.md ------------------------------------------------------------------------------------------


async def printed(name: str) -> str:
    """A transcript with everything everybody heard, day by day."""
    source = transcripts()[name].read_text(encoding="utf-8")
    title, *rest = source.splitlines()
    comments = {n: line[2:] for n, line in enumerate(rest, 2) if line.startswith("# ") and not MARK.match(line)}
    told = script.read(source)
    lines = [
        f"# {title[2:]}\n",
        f"Written by `make proof` from [{name}](../{transcripts()[name].relative_to(ROOT).as_posix()}): what was typed "
        "and pressed (in\nbold), and all that the bot said to whom. A client without Telegram is spoken to by the one "
        "who handles the case.\n",
    ]
    with tempfile.TemporaryDirectory() as folder:
        world = InMemory(example(Path(folder)), Path(folder))
        play = script.Play(world)
        for person in told.people:
            await world.person(person)
        heard = {person.name: len(await world.heard(person.name)) for person in told.people}
        day, written = "", 1
        for line in told.lines:
            for n in [n for n in comments if written < n < line.number]:
                lines.append(f"*{comments.pop(n)}*\n")
            written = line.number
            if line.sign != ":":
                await play._expect(line)
                continue
            for who in heard:
                await play._listen(who)
            await play._act(line)
            await world.settle()
            if (now := _day(world.time.now())) != day:
                day = now
                lines.append(f"## {day}\n")
            if line.who != "clock":
                lines.append(f"**{line.who}: {play._filled(line.what)}**\n")
            for who, before in heard.items():
                messages = await world.heard(who)
                heard[who] = len(messages)
                for message in messages[before:]:
                    lines += [*_quoted(who, message), ""]
        world.close()
    return "\n".join(lines)


def _day(moment: datetime) -> str:
    return str(format_date(moment, "EEEE d MMMM y", "en"))


def _quoted(who: str, message: Mapping[str, object]) -> Iterator[str]:
    text = str(message["text"]).replace("<", "&lt;").split("\n")
    yield f"> to {who}: {text[0]}  "
    yield from (f"> {line}  " for line in text[1:])
    keyboard = message["keyboard"]
    assert isinstance(keyboard, list)
    if keyboard:
        yield "> " + " ".join(f"`{button['text']}`" for row in keyboard for button in row)


# docs/taps.md --------------------------------------------------------------------------------------------


def counted() -> tuple[list[str], list[str]]:
    """What a mediator taps and types between the two marks of the transcript called taps."""
    lines = transcripts()["taps"].read_text(encoding="utf-8").splitlines()
    acts = [line.split(": ", 1)[1] for line in lines[lines.index(FROM) : lines.index(TO)] if ": " in line]
    taps = [act for act in acts if act.startswith("[")]
    return taps, [act for act in acts if act not in taps]


def taps() -> str:
    tapped, typed = counted()
    steps = "\n".join(f"{n}. `{tap}`" for n, tap in enumerate(tapped, 1))
    return (
        "# From the notice to a recorded measure\n\n"
        "A mediator gets the notice of a new complaint between two appointments, takes the case, and records a measure "
        "with an\nowner and a date. Counted by `make proof` from [taps](../tests/scenarios/taps.txt).\n\n"
        f"**{len(tapped)} taps, {len(typed)} typed messages.** The aim is at most {MOST_TAPS} and none.\n\n{steps}\n"
    )


async def documents() -> dict[Path, str]:
    docs = ROOT / "docs"
    letter = await printed("letter_eight_weeks")
    return {docs / "proof.md": proof(), docs / "letter.md": letter, docs / "taps.md": taps()}


def main() -> None:
    for path, text in asyncio.run(documents()).items():
        path.write_text(text, encoding="utf-8")
        print(f"Written: {path.relative_to(ROOT)}")
    if empty := [name for name, found in proven().items() if not found]:
        print(f"Nothing proves: {' '.join(empty)}")


if __name__ == "__main__":
    main()
