"""Open consultations as the product has them in its books, and the activities people cause in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import insert

from bot.policy.state import Consultation, Participant
from bot.storage.books import SqlBooks
from bot.storage.engine import writing
from bot.storage.tables import consultations, participants
from tests.load.sink import Sink

CLEAN = (
    "Guten Tag, vielen Dank für das Gespräch. Die Unterlagen zur Wärmepumpe sende ich gern noch einmal zu, der Termin "
    "am Donnerstag passt uns gut.",
    "Ja, das Dach zeigt nach Süden, es wurde vor zehn Jahren neu gedeckt. Fotos habe ich leider noch keine gemacht.",
    "Können wir bitte noch kurz über den Wechsel sprechen? Mein Mann kommt gleich dazu, er war eben noch im Keller.",
    "Perfekt, danke! Dann hören wir uns nächste Woche wieder, ich bin ab Mittwoch im Urlaub und danach gut erreichbar.",
    "Der Ton ist bei mir etwas leise, das Bild ist gut. Soll ich einmal neu beitreten oder liegt es an der Verbindung?",
)
SECRET = "Meine IBAN ist DE89 3704 0044 0532 0130 00, bitte notieren."
"""The example IBAN of the registry."""

_ids = count(int(datetime.now(UTC).timestamp() * 1000))


def chat(n: int) -> str:
    """The n-th meeting chat."""
    return f"19:meeting_{n:06d}@thread.v2"


def guest(n: int) -> str:
    """The customer in it."""
    return f"29:guest-{n:06d}"


def advisor(n: int) -> tuple[str, str]:
    """(Bot Framework id, Entra id) of its advisor: ten consultations share one."""
    return f"29:advisor-{n // 10:06d}", f"00000000-0000-4000-8000-{n // 10:012d}"


async def open_all(books: SqlBooks, sink: Sink, numbers: Iterable[int]) -> None:
    """Write open consultations in which advisor and guest are present, and have been heard."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    meetings, people = [], []
    for n in numbers:
        person, aad = advisor(n)
        known = Consultation(
            conversation=chat(n), ref=f"c-{n:06d}", tenant=sink.tenant, service_url=sink.service_url,
            bot_id=f"28:{sink.app_id}", opened_at=now, language="de", terms_version="2026-11",
            notice_version="2026-11", advisor=aad, advisor_person=person, advisor_chat=f"a:advisor-{n // 10:06d}",
            organizer=aad, started_at=now, hearing="activities", first_guest_message_at=now, read_back_to=now,
        )  # fmt: skip
        meetings.append({c.name: getattr(known, c.name) for c in consultations.columns})
        for here in (
            Participant(conversation=chat(n), person=person, ref="p1", role="advisor", joined_at=now, aad=aad),
            Participant(
                conversation=chat(n), person=guest(n), ref="p2", role="guest", joined_at=now, consented_at=now,
                authenticated_at=now, how="code",
            ),
        ):  # fmt: skip
            people.append({c.name: getattr(here, c.name) for c in participants.columns})
    async with writing(books.engine) as connection:
        await connection.execute(insert(consultations), meetings)
        await connection.execute(insert(participants), people)


def message(sink: Sink, n: int, text: str, *, by_advisor: bool = False, plain: bool = True) -> tuple[str, bytes]:
    """(id, body) of a message in the n-th consultation, about 1,250 bytes (teams-platform 1.3)."""
    ident = str(next(_ids))
    sender: dict[str, str] = {"id": guest(n), "name": "Erika Beispiel"}
    if by_advisor:
        person, aad = advisor(n)
        sender = {"id": person, "name": "Petra Muster", "aadObjectId": aad}
        sink.tenant_messages.add(ident)
    rich = text if plain else text.replace(". ", ".&nbsp;<br>").replace("gut", "<strong>gut</strong>")
    activity = {
        "type": "message", "id": ident, "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "channelId": "msteams", "serviceUrl": sink.service_url, "from": sender,
        "conversation": {"isGroup": True, "conversationType": "groupChat", "tenantId": sink.tenant, "id": chat(n)},
        "recipient": {"id": f"28:{sink.app_id}", "name": "Videoberatung"}, "textFormat": "plain", "text": text,
        "attachments": [{"contentType": "text/html", "content": f"<p>{rich}</p>"}],
        "entities": [{"type": "clientInfo", "locale": "de-DE", "country": "DE", "platform": "Web"}],
        "channelData": {"tenant": {"id": sink.tenant}, "meeting": {"id": "bWVldGluZw=="}},
        "locale": "de-DE", "localTimezone": "Europe/Berlin",
    }  # fmt: skip
    return ident, json.dumps(activity, ensure_ascii=False).encode()
