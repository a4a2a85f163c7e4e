"""`check`: whether the bot could start and do its work with these settings, before anybody meets it.

The settings' own mistakes are found where they are read; here the token, the record, the papers and the people are
tried. The surprising truth: what is not a mistake is printed as well, so that nobody has to wonder what was looked at.
"""

from __future__ import annotations

import json
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from bot import control
from bot.assembly import open_store, rules
from bot.settings import Mistakes, Settings
from locales import catalogs
from storage.store import AlreadyOpen, StoreError


def check(ours: Settings) -> int:
    """Say what is fine; raises `Mistakes` with all that is not."""
    wrong = [*_token_trouble(ours), *_record_trouble(ours), *paper_trouble(ours)]
    if wrong:
        raise Mistakes(wrong)
    firm = ours.firm
    print(f"Settings: fine. Languages: {', '.join(catalogs())}.")
    print(f"People: {len(firm.people)}. Topics: {len(firm.rubrics)}.")
    for sentence in _people_trouble(ours):
        print(sentence)
    if not ours.firm.committee.verified:
        print("Before you go live: check the committee's address and term, then set verified = true under [committee].")
    return 0


def _token_trouble(ours: Settings) -> list[str]:
    """Does Telegram know the token? Asked without a messaging library."""
    try:
        with urlopen(f"{ours.api_base}/bot{ours.token}/getMe", timeout=10) as answer:  # noqa: S310 - http(s), checked
            name = json.load(answer)["result"]["username"]
            print(f"Telegram knows the token: the bot is @{name}.")
    except HTTPError:
        return ["BOT_TOKEN is not accepted by Telegram. Copy it again from @BotFather."]
    except (URLError, TimeoutError):
        return [f"{ours.api_base} cannot be reached. Is this machine connected to the internet?"]
    return []


def _record_trouble(ours: Settings) -> list[str]:
    """Can the record be opened, if there is one?"""
    if not ours.data.exists():
        return []
    try:
        open_store(ours).close()
    except AlreadyOpen:
        print("The bot is running and holds the record.")
    except StoreError as broken:
        return [f"DATA_DIR: {broken}"]
    except Mistakes as mistakes:
        return mistakes.found
    return []


def paper_trouble(ours: Settings) -> list[str]:
    """Can papers be made with the firm's own templates and logo?"""
    from bot.documents.pdf import mistakes  # what makes papers is slow to load

    return mistakes(ours.firm, rules(ours).words)


def _people_trouble(ours: Settings) -> list[str]:
    """Who is missing: nobody to mediate, or a complaint about somebody that nobody else could handle."""
    if not ours.has_record:
        return ["Nobody has joined yet. Start the bot, and invite a manager and a mediator."]
    code, text = control.recorded(ours, "staff")
    if code:
        return [text]
    firm = ours.firm
    keys: dict[str, list[str]] = json.loads(text)
    able = {key for key, roles in keys.items() if {"mediator", "manager"} & set(roles)}
    found = [f"Nobody is {role} yet: invite one." for role in ("mediator", "manager")
             if not any(role in roles for roles in keys.values())]  # fmt: skip
    for person in firm.people:
        if able and not able - {person.key, person.reports_to}:
            found.append(f"A complaint about {person.name} could be handled by nobody: invite somebody who is neither "
                         f"{person.name} nor the one they report to.")  # fmt: skip
    if not any(person.key in keys for person in firm.people if person.responsible_for_safety):
        found.append("Whoever is responsible for safety has not joined: a danger goes to the managers.")
    return found
