"""How often a plot is drawn, so that a slow terminal never falls behind the keys.

Textual queues what a slow terminal has not taken yet, and a key's echo then waits behind seconds of
old frames. After each frame we therefore ask where the cursor is; the answer comes once everything
before the question has gone through, and only then the next frame is drawn. How long that takes for
how many bytes also says how fast the link is, and with it how often pictures may move.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from textual.message_pump import MessagePump

PING = "\x1b[6n"
"""The one question whose answer Textual never takes for keys, however late it comes."""
PATIENCE = 5.0
"""Seconds after which an answer is not waited for any longer."""
SLOW, FAST = 0.3, 0.15
"""Seconds of a round trip above which a link is slow, and below which it may be fast again."""
IN_A_ROW = 4
"""Fast answers that make a slow link a fast one."""
QUICK, FULL, HALF, HIDDEN = 8.0, 4.0, 2.0, 1.0
"""Frames a second: on a link known to be fast, on any, on a slow one, and where nobody looks."""
TELLING = 300
"""Bytes below which a frame is a small one; twice as many tell how fast a link is."""
KNOWN_FAST = 50_000
"""Bytes a second above which a link is known to be fast."""
BUDGET = 2_800
"""Bytes a second of everything, on average, up to which pictures may move that nobody asked for."""
STRIPES = {"fast": 10_000, "": 1_000, "slow": 500}
"""Bytes of a picture that may go out at once: a key then waits no longer than they take."""
STRIPE_SECONDS = 0.1
"""From a stripe to the next one, where there is room by then."""
STATUS_SECONDS = 0.5
TICK_SECONDS = 0.125
"""How often to ask whether a frame is due."""
_SLACK = 0.02
"""A timer that is early by so many seconds does not cost a whole tick."""
_INSTANT = 0.005
"""Seconds that any terminal may take."""
_LEAVING_SECONDS = 1.0


class Pace:
    """When to draw. Pure: every method is told the time, in seconds of any steady clock.

    Args:
        slow_link: Whether the learner said that the link is slow.
        pings: Whether the terminal may be asked at all.
        relayed: Whether it answers for another that it draws on, of whose link nothing is known.
    """

    def __init__(
        self, *, slow_link: bool = False, pings: bool = True, relayed: bool = False
    ) -> None:
        self._said_slow = slow_link
        self._relayed = relayed
        self._pings = pings
        self._slow = False
        self._fast_in_a_row = 0
        self._drawn = self._status = -PATIENCE
        self._sent: float | None = None
        self._unanswered = 0
        self._answers = False
        self._asked = -PATIENCE
        self._rest = 0.0
        self._least = PATIENCE
        self._bytes = 0
        self._small = (0.0, 0)
        """Seconds and bytes of the shortest round trip of a small frame."""
        self._telling: deque[tuple[float, int]] = deque(maxlen=6)
        """Seconds and bytes of the latest frames that tell how fast the link is."""
        self.round_trip: float | None = None
        """Seconds from the last question to its answer."""

    @property
    def waiting(self) -> bool:
        """Whether a question is out."""
        return self._sent is not None

    @property
    def speed(self) -> Literal["slow", "", "fast"]:
        """What is known of the link."""
        if self._said_slow or self._slow:
            return "slow"
        return "" if self._relayed or self._rate() < KNOWN_FAST else "fast"

    def _rate(self) -> float:
        """Bytes a second, by what frames carried more than a small one, and how much longer it took.

        Whatever else keeps a frame makes its trip longer, never shorter: the best of them tells.
        """
        seconds, carried = self._small
        return max(
            ((n - carried) / max(trip - seconds, _INSTANT) for trip, n in self._telling),
            default=0.0,
        )

    @property
    def asks(self) -> bool:
        """Whether frames are followed by a question; not where two found no answer ever."""
        return self._pings and (self._answers or self._unanswered < 2)

    def hertz(self, *, seen: bool = True) -> float:
        """Frames a second, at most."""
        if not seen:
            return HIDDEN
        return {"slow": HALF, "": FULL, "fast": QUICK}[self.speed]

    def room(self, now: float) -> bool:
        """Whether the terminal has all that was sent, and the link has rested from it."""
        if self._sent is not None:
            if now - self._sent < PATIENCE:
                return False
            self._sent = None
            self._unanswered += 1
            self._slow, self._fast_in_a_row = True, 0
        return self.speed == "fast" or now - self._asked >= self._rest - _SLACK

    def due(self, now: float, *, seen: bool = True) -> bool:
        """Whether to draw now.

        Args:
            now: The time.
            seen: Whether the plot is in front and the terminal has the focus.
        """
        return self.room(now) and now - self._drawn >= 1 / self.hertz(seen=seen) - _SLACK

    def drew(self, now: float) -> None:
        """A frame was drawn."""
        self._drawn = now

    def asked(self, now: float, carried: int = 0) -> None:
        """The question went out, behind so many bytes of a frame."""
        self._sent = self._asked = now
        self._bytes = carried

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
        if self._bytes >= 2 * TELLING:
            self._telling.append((trip, self._bytes))
        elif self._bytes < TELLING and (not self._small[0] or trip < self._small[0]):
            self._small = trip, self._bytes
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
        sent: Bytes that went to the terminal so far.
    """

    def __init__(
        self,
        pace: Pace,
        write: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
        sent: Callable[[], int] = lambda: 0,
    ) -> None:
        self.pace = pace
        self._write = write
        self._clock = clock
        self._sent = sent
        self._leaving = False
        self._silence = asyncio.Event()
        self._owed = 0.0
        self._paid = (clock(), sent())
        self._moved = -PATIENCE

    @property
    def stripe(self) -> int:
        """Bytes of a picture that may go out at once."""
        return STRIPES[self.pace.speed]

    def room(self) -> bool:
        """Whether more of a picture may go out."""
        return self.pace.room(self._clock())

    def affords(self) -> bool:
        """Whether a picture may go out that nobody asked for: the bytes before it are paid for.

        Or it is long since the last one: curves alone may cost more than there is to spend.
        """
        (then, before), (now, sent) = self._paid, (self._clock(), self._sent())
        self._paid = now, sent
        if now - then > PATIENCE:
            self._owed, before = 0.0, sent  # what went before this run
        budget = BUDGET / 2 if self.pace.speed == "slow" else BUDGET
        self._owed = max(0.0, self._owed + sent - before - budget * (now - then))
        yes = not self._owed or self.pace.speed == "fast" or now - self._moved > PATIENCE
        self._moved = now if yes else self._moved
        return yes

    def due(self, *, seen: bool) -> bool:
        """Whether to draw a frame now."""
        return self.pace.due(self._clock(), seen=seen)

    def status_due(self) -> bool:
        """Whether the line of words may change with this frame."""
        return self.pace.status_due(self._clock())

    def drew(self, drawer: MessagePump, *, seen: bool) -> None:
        """A frame was drawn; once it has gone out, ask."""
        self.pace.drew(self._clock())
        if seen:
            self.ask_after(drawer)

    def ask_after(self, drawer: MessagePump) -> None:
        """Ask once what was drawn just now has gone out."""
        if self.pace.asks and not self.pace.waiting:
            drawer.call_after_refresh(self._ask, self._sent())

    def _ask(self, before: int = 0) -> None:
        if self.pace.asks and not self.pace.waiting and not self._leaving:
            self._silence.clear()
            self.pace.asked(self._clock(), self._sent() - before)
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
