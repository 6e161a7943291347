"""What the rehearsal page may ask for: one small model per command, strictly validated."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

#: The people of the page: who -> (role, name).
CAST = {
    "petra": ("advisor", "Petra Berater"),
    "erika": ("customer", "Erika Beispiel"),
    "max": ("guest", "Max Muster"),
}
CUSTOMER_EMAIL = "erika@example.org"
MAX_TEXT = 28_000

Who = Literal["petra", "erika", "max"]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Id = Annotated[str, Field(min_length=1, max_length=200)]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Presence(_Command):
    """Somebody comes, goes, or comes back (a guest with a new id)."""

    do: Literal["join", "leave", "rejoin"]
    who: Who


class Say(_Command):
    """Somebody writes into the meeting chat."""

    do: Literal["say"]
    who: Who
    text: Text


class Edit(_Command):
    """Somebody changes a message of their own."""

    do: Literal["edit"]
    who: Who
    message: Id
    text: Text


class Delete(_Command):
    """Somebody deletes a message of their own, or brings it back."""

    do: Literal["delete", "undelete"]
    who: Who
    message: Id


class Press(_Command):
    """Somebody presses a button of a card they see."""

    do: Literal["press"]
    who: Who
    activity: Id
    verb: Id
    inputs: Annotated[dict[str, str], Field(max_length=20)] = {}
    data: Annotated[dict[str, Any], Field(max_length=20)] = {}


class Record(_Command):
    """The advisor starts or stops a recording or a transcript."""

    do: Literal["record"]
    event: Literal["start", "stop"]
    kind: Literal["recording", "transcript"]


class Meeting(_Command):
    """The meeting ends."""

    do: Literal["end"]


class Crash(_Command):
    """The bot's process is killed and started again on the same database."""

    do: Literal["crash"]


class Switch(_Command):
    """A behaviour of the platform is switched."""

    do: Literal["switch"]
    name: Id
    value: Id


class Begin(_Command):
    """A new rehearsal: with a booked appointment, or in a meeting nobody booked to which the app is added."""

    do: Literal["begin"]
    booked: bool
    language: Literal["de", "en"]


Command = Presence | Say | Edit | Delete | Press | Record | Meeting | Crash | Switch | Begin
_ADAPTER: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="do")])


class CommandError(ValueError):
    """The command is not one of ours; the message names the field, never its content."""


def parse_command(body: bytes) -> Command:
    """One command from a JSON body; ``CommandError`` says which field is wrong."""
    try:
        return _ADAPTER.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        raise CommandError(f"{where}: {first['type']}" if where else str(first["type"])) from None
