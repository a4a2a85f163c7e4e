"""What people do in the walks: who they are, what they type, and the steps of a case that they do in one go.

Only buttons and words, as people have them; nothing here knows a rule. The surprising truth: a random walk through
buttons never leaves the first day of a complaint. So the walk also has intents, which are what somebody with a case on
their desk would do next, and each of its lives may begin in the middle of one.
"""

from __future__ import annotations

from bot.sandbox.script import Person
from handlers.menu import MENU

PEOPLE = (
    Person("Els", "nl", "manager", "els"), Person("Bram", "nl", "manager", "bram"),
    Person("Karim", "nl", "mediator", "karim"), Person("Joke", "nl", "mediator", "joke"),
    Person("Ada", "nl", "admin", "admin"), Person("Zed", "nl"), Person("Anna", "nl"), Person("Ben", "en"),
)  # fmt: skip
STAFF_NAMES, MANAGERS, CLIENTS = ("Els", "Bram", "Karim", "Joke"), ("Els", "Bram"), ("Anna", "Ben")
EVERYBODY = tuple(person.name for person in PEOPLE)
COMMANDS = sorted({item.dutch for item in MENU})
SHOWING = ("zaak", "mijngegevens", "status", "meer", "dossier", "brief", "klaar", "nagekomen", "wederhoor",
           "machtiging")  # fmt: skip
BSN = "123456782"
TYPED = (
    "ja", "1", "2", "3", "7", "verder", "gisteren", "vrijdag", "30 februari", "3 november", "055 123 45 67", "a@b.nl",
    "Karim luisterde niet", "Joke Postma was onbeleefd", "😀", "<b>&", "Dat ging mis", f"mijn BSN is {BSN}",
)  # fmt: skip
FIRST = "[*]"  # whatever button is shown last and first
OLDEST = "[<"  # the oldest button with that label, where else it is the newest; "[label|words]": else these words

INTAKE = {  # the shortest way to a sent complaint, after the story
    "nl": ("[Verder]", "[Alle onderwerpen]", "{topic}", "[Geen hulpmiddel]", "[Nee, niets]", "[Weet ik niet]", "[Nee]",
           "[Weet ik niet]", "[Ja]", "[Het oplossen]", "[Verder]", "[Voor mijzelf]", "[Liever niet]",
           "[Hier in Telegram]", "[Klacht versturen]"),
    "en": ("[Continue]", "[All topics]", "{topic}", "[Not about an aid]", "[No, none]", "[I don't know]", "[No]",
           "[I don't know]", "[Yes]", "[Solve it]", "[Continue]", "[For myself]", "[Rather not]", "[Here in Telegram]",
           "[Send complaint]"),
}  # fmt: skip
BEGUN = ("/opnieuw", "[Ja, opnieuw beginnen]", "[Yes, start again]", "[Ja, dat is goed]", "[Yes, I agree]")
SENT_EARLY = ("[Verder]", "[Continue]", "[Gevallen of gewond]", "[Fell or got hurt]", "[Nu versturen]", "[Send now]")
TOPICS = {
    "nl": ("[Hoe ik ben behandeld]", "[Te laat of niet geleverd]", "[Kapot of slechte kwaliteit]", "[Iets anders]"),
    "en": ("[How I was treated]", "[Late or not delivered]", "[Broken or poor quality]", "[Something else]"),
}
CHANNELS = ("Per telefoon", "Per brief", "Persoonlijk")
ENTRY = ("[Weet ik niet]", "[Het oplossen]", "[Verder]", "[Liever niet]", "[Nee, de cliënt zelf]", "[Overslaan]",
         "[Nee]", "[Inschrijven]")  # fmt: skip
ROADS = {  # what who handles a case does in one go, so that the late statuses are reached too
    "take": ("/oppakken {n}", "[Nee, ik ben onafhankelijk]"),
    "facts": ("/oorzaak {n}", "[Planning of capaciteit]", "Te druk", "/maatregel {n}", "[Niet nodig, want…]", "Nee",
              "/incidenteel {n}", "Eenmalig", "/wederhoor {n}", "[Niet gehoord, want…]", "Ziek", "/betrokken {n}",
              "[Niemand in het bijzonder]"),
    "outcome": ("/uitkomst {n}", "Alles", "[Zoals vastgelegd|Too busy]", "Wij doen ons best", "[Nu niets]",
                "[Overslaan]", "[Ja, opgelost]", "[Versturen]"),
    "ask": ("/vraag {n}", "Hoe was dat?", "[Versturen]"),
    "note": ("/notitie {n}", "{secret}"),
    "hide": ("/lakken {n}", "schoenen", "[Verbergen]"),
    "prevent": ("/structureel {n}", "Het is vaker zo", "/voorkomen {n}", "Een lijst", "[Ik, deze week]"),
    "promise": ("/belofte {n}", "Ik bel", "[Deze week]", "[Versturen]"),
    "agreement": ("/maatregel {n}", "[Afspraak alsnog nakomen]", "[Overslaan]", "[Ik, vandaag]"),
    "account": ("/wederhoor {n}", "[Karim Haddad]", "Wat gebeurde er?", "[Versturen]"),
    "tells": ("[Mijn verhaal vertellen]", "Het was druk"),
    "no_prevention": ("/voorkomen {n}", "[Niet nodig, want…]", "Komt niet meer voor"),
    "authority": ("/machtiging {n}", FIRST),
    "extend": ("/verlengen {n}", "[1 week langer]", "Ziekte", "[Versturen]"),
    "report": ("/melding {n}", "[Nee, want…]", "Geen letsel"),
    "verdict": ("/oordeel {n}", "[Gegrond]", "[Vandaag]", "[Overslaan]", "[Overslaan]", "[Versturen]"),
    "close": ("/afsluiten {n}",),
    "agrees": ("/meer {n}", "[Cliënt akkoord]"),
    "merge": ("/samenvoegen {n}", FIRST),
    "no_complaint": ("/geen_klacht {n}", "Het is een vraag", "[Versturen]"),
    "hand": ("/overdragen {n}", FIRST),
    "about": ("/betrokken {n}", "[Karim Haddad]"),
    "letter": ("/brief {n}", "[Vandaag verstuurd]"),
    "done": ("/klaar {n}", "[Alsnog nagekomen]", "[Het is gedaan]"),
    "rubric": ("/rubriek {n}", "[Privacy]"),
    "kept": ("/nagekomen {n}", "[Ja, nagekomen]"),
    "message": ("/bericht {n}", "Tot vrijdag", "[Versturen]"),
    "decline": ("/doorgeven {n}", "[Geen tijd]"),
    "effect": ("[Het kwam terug]", "[Het bleef weg]"),
}  # fmt: skip
ROADS["decide"] = (*ROADS["facts"], *ROADS["outcome"])
OF_MANAGERS, OF_ACCUSED = {"merge", "no_complaint", "hand", "reopen_it", "keep_it", "delete_it"}, {"tells"}
ROADS["reopen_it"] = ("/heropenen {n}", "Er is nieuws")
ROADS["keep_it"] = ("/verzoek {n}", "[Bewaren, want…]", "De commissie kan er nog naar vragen", "[Versturen]")
ROADS["delete_it"] = ("/verzoek {n}", "[Wissen]", "[Versturen]")
ANSWERS = {  # what a client does with a case in one go
    "agree": ("[Zo is het goed]", "[This is fine]"),
    "agree_to_the_first": ("[<Zo is het goed]", "[<This is fine]"),
    "disagree": ("[Ik ben het niet eens]", "[Dat zeg ik liever niet]", "[I disagree]", "[I would rather not say]"),
    "retry": ("[Samen opnieuw bekijken]", "[Look again together]"),
    "gone": ("/aangemeld {n}", "[Vandaag]", "[Today]"),
    "withdraw": ("/intrekken {n}", "[Ja, stop ermee]", "[Overslaan]", "[Ja, dat weet ik zeker]", "[Yes, stop it]",
                 "[Skip]", "[Yes, I am sure]"),
    "reopen": ("/heropenen {n}", "Toch niet goed"),
    "object": ("/iemand_anders {n}", "[Dat zeg ik liever niet]", "[I would rather not say]"),
    "add": ("/aanvullen {n}", "Nog iets", "[Verder]", "[Continue]"),
    "hurt": ("/aanvullen {n}", "Ik ben gevallen en heb een wond", "[Verder]", "[Continue]"),
    "edits": ("/aanvullen {n}", "Het waren er twee", "[Verder]", "[Continue]", "(edit) Het waren er drie"),
    "blocks": ("(block)",),
    "longer": ("[Dat is goed]", "[That is fine]"),
    "not_longer": ("/meer_tijd {n}:no",),
    "data": ("/mijngegevens {n}",),
    "forget": ("/vergeet", "[Ja, vraag het aan]", "[Yes, ask for it]"),
    "survey": ("/tevreden {n}", "[Ontevreden]", "[Nee]", "[Overslaan]", "[Dissatisfied]", "[No]", "[Skip]"),
    "question": ("[Ik heb een vraag]", "[I have a question]", "Wanneer dan?", "[Verder]", "[Continue]"),
    "answer": ("[Antwoorden]", "[Answer]", "Op maandag", "[Verder]", "[Continue]"),
    "road": ("/weg {n}", "[Eerst praten]", "[Talk first]"),
    "rest": ("/rest {n}", FIRST, FIRST, "[Weet ik niet]", "[Het oplossen]", "[Verder]", "[I don't know]", "[Solve it]",
             "[Continue]", FIRST, FIRST, FIRST),
    "worked": ("[Het kwam terug]", "[It came back]"),
    "too_long": ("/te_lang {n}",),
    "it_is_about": ("/aanvullen {n}", "{mediator} luistert niet", "[Verder]", "[Continue]",
                    "[Ja, graag iemand anders]", "[Yes, somebody else please]"),
}  # fmt: skip
WAITS = {"wait_day": 2, "wait_week": 8, "wait_answer": 16, "wait_question": 23, "wait_effect": 44}  # days

NEXT = {  # what may come next, by status; the likelier the more often; what is joined by + in one go
    "received": ("take", "take", "no_complaint", "merge", "letter"),
    "assigned": ("take", "take", "take", "withdraw", "decline", "wait_day", "gone"),
    "analysis": ("decide", "decide", "decide", "agreement", "ask", "extend", "extend+extend+longer", "ask+answer",
                 "extend+extend+not_longer", "ask+wait_question", "hand", "object", "prevent", "no_complaint", "rubric",
                 "facts+facts", "merge", "promise+kept", "message", "rest", "hide", "it_is_about", "letter", "hurt",
                 "account+tells", "withdraw"),
    "proposed": ("agree_to_the_first", "agree", "agree", "disagree", "disagree", "question",
                 "wait_answer+close", "gone", "object"),
    "offline": ("agrees", "agrees", "wait_answer+close"),
    "agreed": ("close", "close", "close", "report", "done", "no_prevention", "prevent"),
    "disagreed": ("retry", "retry", "gone", "gone", "close"),
    "referred": ("verdict",), "verdict": ("close", "close", "decide"),
    "closed": ("forget+keep_it", "forget+delete_it", "reopen",
               "reopen_it", "survey", "done+wait_effect+effect", "prevent", "effect", "worked"),
}  # fmt: skip

TO_OUTCOME = ("take", "decide")
TO_COMMITTEE = (*TO_OUTCOME, "disagree", "gone")
STAGES = {  # where a life may begin: how its first complaint came in, and what has happened to it by then
    "nothing": ("", ()),
    "acknowledged by letter": ("by letter", ("take", "letter")),
    "sent early": ("hurt", ("take", "rest")),
    "hurt, told later": ("sent", ("take", "hurt")),
    "not answered": ("sent", ("take", "ask", "wait_question")),
    "answered": ("sent", ("take", "ask", "answer")),
    "heard": ("about Karim", ("take", "account", "tells")),
    "nobody independent": ("about both", ("take",)),
    "promised": ("sent", ("take", "promise")),
    "more time": ("sent", ("take", "extend", "extend", "longer")),
    "objected to": ("sent", ("take", "object", "take")),
    "stopped": ("sent", ("take", "withdraw")),
    "proposed": ("sent", TO_OUTCOME),
    "silent": ("sent", (*TO_OUTCOME, "wait_answer")),
    "agreed": ("sent", (*TO_OUTCOME, "agree")),
    "disagreed": ("sent", (*TO_OUTCOME, "disagree")),
    "looked at again": ("sent", (*TO_OUTCOME, "disagree", "retry")),
    "second outcome": ("sent", (*TO_OUTCOME, "disagree", "retry", "decide")),
    "referred": ("sent", TO_COMMITTEE),
    "referred at once": ("sent", ("take", "road", "gone")),
    "verdict": ("sent", (*TO_COMMITTEE, "verdict")),
    "closed": ("sent", (*TO_OUTCOME, "agree", "close")),
    "closed by verdict": ("sent", (*TO_COMMITTEE, "verdict", "close")),
    "prevented": ("sent", (*TO_OUTCOME, "prevent", "agree", "close", "done", "wait_effect")),
}
WHOLE = {  # lives that are played as they stand, before the walk: what it may miss, so that no row is left to chance
    "by phone": ("by phone", ("take", "rubric", "rubric", "note", "hide", "hand", "take", "agreement")),
    "in person": ("in person", ("decline", "take", "decide", "agrees", "close")),
    "nobody takes it": ("sent", ("wait_day", "wait_week")),
    "about who has it": ("sent", ("take", "it_is_about", "take")),
    "told twice": ("sent twice", ("take", "merge", "add")),
    "a question": ("sent", ("take", "no_complaint", "reopen")),
    "no answer": ("sent", (*TO_OUTCOME, "wait_answer", "close", "reopen_it")),
    "no more time": ("sent", ("take", "extend", "extend", "not_longer")),
    "asked about": ("sent", (*TO_OUTCOME, "question", "agree_to_the_first", "close", "survey", "reopen")),
    "a promise": ("sent", ("take", "promise", "kept", "authority", "edits", "blocks", "message")),
    "reported": ("hurt", ("take", "report", "prevent", "no_prevention")),
    "it came back": ("sent", (*STAGES["prevented"][1], "worked")),
    "kept": ("sent", ("take", "forget", "keep_it")),
    "deleted": ("sent", ("take", "forget", "delete_it")),
    "at last": ("sent", (*STAGES["closed by verdict"][1], "its_term_ends")),
}
