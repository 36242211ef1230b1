"""When something was, in this machine's time zone."""

import time

DAY = 6
"""Cells that `day` has at most."""


def day(seconds: float, now: float) -> str:
    """The time of today, the day of this year, or the year.

    Args:
        seconds: Since the epoch (UTC).
        now: The same, of the present.
    """
    then, today = time.localtime(seconds), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    return time.strftime("%d %b" if then[0] == today[0] else "%Y", then)[:DAY].lstrip("0")


def moment(seconds: float) -> str:
    """Day and minute, as they sort."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
