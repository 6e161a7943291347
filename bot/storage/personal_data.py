"""Table by table and column by column: what is personal data, whose it is, and how it is exported and erased.

A test fails if a table or a column is missing here. export.py and erasure.py do what this page says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Whose = Literal["nobody", "person", "customer", "advisor"]
"""`person`: whoever the row is about; `customer`: who booked; `advisor`: the operator's employee."""

Erase = Literal["keep", "blank", "null", "ref"]
"""`ref`: the platform's id of a person gives way to our own random name for them, which then leads nowhere."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one column is treated. `exported`: the data subject's copy (Art. 15, 20 GDPR) holds it."""

    whose: Whose = "nobody"
    erase: Erase = "keep"
    exported: bool = False


NOBODY = Rule()
"""No personal data: ids of the platform's things, counts, our own words and random references."""
TOLD = Rule(exported=True)
"""Says something about the person only together with who they are: exported, and kept under the reference."""
PERSON_ID = Rule("person", "ref", True)
NAME = Rule("person", "blank", True)
ENTRA_ID = Rule("person", "null", True)
CUSTOMERS = Rule("customer", "blank", True)
CUSTOMERS_SECRET = Rule("customer", "null", False)
CUSTOMERS_LINK = Rule("customer", "null", True)
CUSTOMERS_DIGEST = Rule("customer", "blank", False)
ADVISORS = Rule("advisor", "null", False)
ADVISORS_NAME = Rule("advisor", "blank", True)
ADVISORS_ID = Rule("advisor", "blank", False)


def _table(columns: dict[Rule, str]) -> dict[str, Rule]:
    return {name: rule for rule, names in columns.items() for name in names.split()}


PERSONAL: dict[str, dict[str, Rule]] = {
    "consultations": _table({
        NOBODY: "conversation ref tenant service_url bot_id opened_at language terms_version notice_version meeting "
                "online_meeting appointment app_present state reason started_at ended_at hearing "
                "first_guest_message_at read_back_to paused chat_deleted_at requests shown_to scanned_from",
        ADVISORS: "organizer advisor advisor_person advisor_chat",
    }),
    "participants": _table({
        NOBODY: "conversation",
        TOLD: "ref role joined_at present left_at consented_at declined_at withdrawn_at authenticated_at how erased_at",
        PERSON_ID: "person",
        NAME: "name",
        ENTRA_ID: "aad tenant",
    }),
    "appointments": _table({
        NOBODY: "conversation event online_meeting",
        TOLD: "ref starts_at ends_at language code_expires_at code_spent_at codes_sent tries locked_at confirmed_at "
              "cancelled_at erased_at",
        CUSTOMERS: "customer_name customer_email",
        CUSTOMERS_DIGEST: "email_digest",
        CUSTOMERS_SECRET: "code_digest",
        CUSTOMERS_LINK: "join_url",
        ADVISORS_ID: "advisor",
        ADVISORS_NAME: "advisor_name",
    }),
    "cards": _table({
        NOBODY: "chat activity conversation targeted message",
        TOLD: "kind posted_at",
        PERSON_ID: "owner",
    }),
    "findings": _table({
        NOBODY: "conversation via",
        TOLD: "message kinds found_at modified_at role version hide warn delete_chat edited_at deleted_at released_at "
              "released_by reminded_at",
        PERSON_ID: "person",
    }),
    "recordings": _table({NOBODY: "conversation kind call event verdict started_at actions stopped_at"}),
    "refusals": _table({NOBODY: "conversation rung sender"}),  # `sender` is a kind of sender, not a person
    "facts_taken": _table({NOBODY: "conversation key at answer"}),  # `key` is a digest
    "owed": _table({
        NOBODY: "conversation kind due_at created_at seq tries retrying uncertain anew state lease_holder lease_until",
        Rule("person", "ref"): "key about",
    }),
    "attempts": _table({NOBODY: "conversation n at result code", Rule("person", "ref"): "key"}),
    "sent": _table({NOBODY: "target conversation at"}),
    "seen": _table({NOBODY: "conversation message modified"}),
    "subscriptions": _table({NOBODY: "conversation subscription expires"}),
    "audit": _table({NOBODY: "conversation seq at kind fields previous_hash hash"}),  # people by reference only
    "audit_heads": _table({NOBODY: "conversation seq hash purged_to purged_hash purged_at"}),
}  # fmt: skip

DELETED_WITH_THE_CONSULTATION = ("cards", "seen", "subscriptions")
"""Tables whose rows serve a consultation under way and go as a whole when all of it is erased."""


def exported(table: str) -> tuple[str, ...]:
    """The columns of a table that the data subject's copy holds."""
    return tuple(name for name, rule in PERSONAL[table].items() if rule.exported)


def erased_values(table: str, *whose: Whose) -> dict[str, str | None]:
    """What the columns of these people become, references apart."""
    become = {"blank": "", "null": None}
    return {
        name: become[rule.erase]
        for name, rule in PERSONAL[table].items()
        if rule.whose in whose and rule.erase in become
    }
