"""A stand-in for Teams, the Bot Framework and Microsoft Graph, speaking their wire protocol on loopback.

What people do and what really is: `Platform`. How the platform behaves: `Switches`. What goes wrong: `Fault`.
"""

from bot.rehearsal.platform.cards import VisibleCard
from bot.rehearsal.platform.platform import Platform
from bot.rehearsal.platform.switches import Fault, Switches
from bot.rehearsal.platform.world import Mail, Stay

__all__ = ["Fault", "Mail", "Platform", "Stay", "Switches", "VisibleCard"]
