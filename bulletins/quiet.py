"""The quiet hours, in which bulletins do not disturb people. Knows no bulletin."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

#: From when until when nothing is sent that nobody asked for just now, unless it is urgent.
QUIET_FROM, QUIET_UNTIL = time(20, 30), time(6, 0)


def is_quiet(now: datetime, zone: ZoneInfo) -> bool:
    """Whether people should be left alone at that moment, by the clock of the zone."""
    there = now.astimezone(zone).time()
    return there >= QUIET_FROM or there < QUIET_UNTIL
