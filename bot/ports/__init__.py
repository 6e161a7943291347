"""What the inside needs from the outside world, as protocols. The edges implement them.

`platform.py`: Teams and Graph; `inbound.py`: where what arrives is brought; `books.py`: our own database.
"""

from bot.ports.books import Books, BooksError, Duty, Limit, Page
from bot.ports.inbound import HeardText, Inbox, Overloaded, Shown
from bot.ports.platform import (
    BookedMeeting,
    Chat,
    Clock,
    Gone,
    Graph,
    GraphMessage,
    Place,
    PlatformError,
    Refused,
    Subscription,
    Throttled,
    Unavailable,
)

__all__ = [
    "BookedMeeting",
    "Books",
    "BooksError",
    "Chat",
    "Clock",
    "Duty",
    "Gone",
    "Graph",
    "GraphMessage",
    "HeardText",
    "Inbox",
    "Limit",
    "Overloaded",
    "Page",
    "Place",
    "PlatformError",
    "Refused",
    "Shown",
    "Subscription",
    "Throttled",
    "Unavailable",
]
