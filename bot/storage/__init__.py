"""The product's own database: state, ledger, audit trail (architecture decisions 2, 3 and 12).

`open_books` is the way in. Nothing outside this room imports SQLAlchemy.
"""

from bot.storage.engine import open_books
from bot.storage.errors import StorageError

__all__ = ["StorageError", "open_books"]
