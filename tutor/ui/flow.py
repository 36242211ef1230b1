"""How often a plot is drawn, so that a slow terminal never falls behind the keys.

Textual queues what a slow terminal has not taken yet, and a key's echo then waits behind seconds of
old frames. After each frame we therefore ask where the cursor is; the answer comes once everything
before the question has gone through, and only then the next frame is drawn.
"""

import asyncio
import time
from collections.abc import Callable

from textual.message_pump import MessagePump

PING = "\x1b[6n"
"""The one question whose answer Textual never takes for keys, however late it comes."""
PATIENCE = 5.0
"""Seconds after which an answer is not waited for any longer."""
SLOW, FAST = 0.3, 0.15
"""Seconds of a round trip above which a link is slow, and below which it may be fast again."""
IN_A_ROW = 4
"""Fast answers that make a slow link a fast one."""
FULL, HALF, HIDDEN = 4.0, 2.0, 1.0
"""Frames a second."""
STATUS_SECONDS = 0.5
TICK_SECONDS = 0.125
"""How often to ask whether a frame is due."""
_SLACK = 0.02
"""A timer that is early by so many seconds does not cost a whole tick."""
_LEAVING_SECONDS = 1.0


class Pace:
    """When to draw. Pure: every method is told the time, in seconds of any steady clock.

    Args:
        slow_link: Whether the learner said that the link is slow.
        pings: Whether the terminal may be asked at all.
    """

    def __init__(self, *, slow_link: bool = False, pings: bool = True) -> None:
        self._said_slow = slow_link
        self._pings = pings
        self._slow = False
        self._fast_in_a_row = 0
        self._drawn = self._status = -PATIENCE
        self._sent: float | None = None
        self._unanswered = 0
        self._answers = False
        self._rest = 0.0
        self._least = PATIENCE
        self.round_trip: float | None = None
        """Seconds from the last question to its answer."""

    @property
    def waiting(self) -> bool:
        """Whether a question is out."""
        return self._sent is not None

    @property
    def asks(self) -> bool:
        """Whether frames are followed by a question; not where two found no answer ever."""
        return self._pings and (self._answers or self._unanswered < 2)

    def hertz(self, *, seen: bool = True) -> float:
        """Frames a second, at most."""
        if not seen:
            return HIDDEN
        return HALF if self._said_slow or self._slow else FULL

    def due(self, now: float, *, seen: bool = True) -> bool:
        """Whether to draw now.

        Args:
            now: The time.
            seen: Whether the plot is in front and the terminal has the focus.
        """
        if self._sent is not None:
            if now - self._sent < PATIENCE:
                return False
            self._sent = None
            self._unanswered += 1
            self._slow, self._fast_in_a_row = True, 0
        return now - self._drawn >= max(1 / self.hertz(seen=seen), self._rest) - _SLACK

    def drew(self, now: float) -> None:
        """A frame was drawn."""
        self._drawn = now

    def asked(self, now: float) -> None:
        """The question went out, behind a frame."""
        self._sent = now

    def answered(self, now: float) -> None:
        """An answer came; one that nobody waits for only shows that the terminal does answer."""
        self._answers, self._unanswered = True, 0
        if self._sent is None:
            return
        trip, self._sent = now - self._sent, None
        self.round_trip = trip
        self._least = min(self._least, trip)
        # What a trip takes longer than the shortest is the time that the frame filled the link:
        # for as long again the link is left to the keys.
        self._rest = min(PATIENCE, trip + (trip - self._least))
        if trip > SLOW:
            self._slow, self._fast_in_a_row = True, 0
        elif trip < FAST and self._slow:
            self._fast_in_a_row += 1
            if self._fast_in_a_row >= IN_A_ROW:
                self._slow = False
        else:
            self._fast_in_a_row = 0

    def status_due(self, now: float) -> bool:
        """Whether the line of words may change too; if so, it is taken to."""
        if now - self._status < STATUS_SECONDS - _SLACK:
            return False
        self._status = now
        return True


class Flow:
    """A pace on a real terminal: the one place that writes the question.

    Args:
        pace: When to draw.
        write: Sends text to the terminal.
        clock: The time, in seconds.
    """

    def __init__(
        self,
        pace: Pace,
        write: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pace = pace
        self._write = write
        self._clock = clock
        self._leaving = False
        self._silence = asyncio.Event()

    def due(self, *, seen: bool) -> bool:
        """Whether to draw a frame now."""
        return self.pace.due(self._clock(), seen=seen)

    def status_due(self) -> bool:
        """Whether the line of words may change with this frame."""
        return self.pace.status_due(self._clock())

    def drew(self, drawer: MessagePump, *, seen: bool) -> None:
        """A frame was drawn; once it has gone out, ask."""
        self.pace.drew(self._clock())
        if seen and self.pace.asks and not self.pace.waiting:
            drawer.call_after_refresh(self._ask)

    def _ask(self) -> None:
        if self.pace.asks and not self.pace.waiting and not self._leaving:
            self._silence.clear()
            self.pace.asked(self._clock())
            self._write(PING)

    def answered(self) -> None:
        """The terminal said where its cursor is."""
        self.pace.answered(self._clock())
        self._silence.set()

    async def settle(self) -> None:
        """Ask no more, and wait a moment for an answer that is due: the shell must not get it."""
        self._leaving = True
        if self.pace.waiting and self.pace.asks:
            try:
                await asyncio.wait_for(self._silence.wait(), _LEAVING_SECONDS)
            except TimeoutError:
                return
