"""What memory needs next: a fold over review facts, scheduled by FSRS.

A block comes up for its first review the day after it was first tried, in its lesson or in a
chapter's test. From then on the Free Spaced
Repetition Scheduler decides (J. Ye, J. Su and Y. Cao, "A stochastic shortest path algorithm for
optimizing spaced repetition scheduling", KDD 2022, https://doi.org/10.1145/3534678.3539081), at a
retention of nine in ten, in whole days. Its state is never stored: it follows from the facts.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from tutor.core.facts import Answered, Checked, GaveUp, Reviewed, ReviewUndone, Row, SatTest

if TYPE_CHECKING:
    from fsrs import Scheduler

DAY = 86_400.0
RETENTION = 0.9
SOON = 0.5 * DAY
"""How much earlier than the hour of the last review a card may come: a day is a day, not 24 h."""

Rating = Literal[1, 2, 3, 4]
AGAIN: Rating = 1
HARD: Rating = 2
GOOD: Rating = 3
EASY: Rating = 4


def rating(points: float, maximum: float, hints: int = 0) -> Rating:
    """How well it was remembered: wrong, partly or with a hint, right."""
    if points >= maximum:
        return HARD if hints else GOOD
    return HARD if points >= maximum / 2 else AGAIN


class Memory(Struct, frozen=True):
    """One block in memory. Times in seconds since the epoch (UTC), stability in days."""

    block: str
    due: float
    reviews: int = 0
    lapses: int = 0
    """Reviews at which it was forgotten."""
    last: float | None = None
    stability: float | None = None
    """Days after which it is still remembered with nine chances in ten; None before a review."""

    def recalled(self, now: float) -> float:
        """The chance that it is remembered now, by FSRS's forgetting curve."""
        if self.last is None or self.stability is None:
            return RETENTION if now < self.due else 0.0
        # FSRS-6's curve has a trained exponent; its default is what the scheduler below uses.
        days = max(0.0, (now - self.last) / DAY)
        factor = RETENTION ** (1 / -_DECAY) - 1
        return float((1 + factor * days / self.stability) ** -_DECAY)


_DECAY = 0.1542


def memories(rows: Iterable[Row]) -> dict[str, Memory]:
    """Every block that may be reviewed, by its id."""
    rows = sorted(rows, key=lambda row: row.id)
    undone = {row.fact.row for row in rows if isinstance(row.fact, ReviewUndone)}
    begun: dict[str, float] = {}
    reviews: dict[str, list[tuple[float, Rating]]] = {}
    for row in rows:
        fact = row.fact
        if isinstance(fact, Answered | GaveUp) or (isinstance(fact, Checked) and fact.passed):
            begun.setdefault(fact.block, row.at)
        elif isinstance(fact, SatTest):
            for each in fact.questions:
                begun.setdefault(each.block, row.at)
                # A miss shows what was forgotten; a hit just after the lesson shows little.
                if each.block in reviews and rating(each.points, each.maximum) == AGAIN:
                    reviews[each.block].append((row.at, AGAIN))
        elif isinstance(fact, Reviewed) and row.id not in undone:
            begun.setdefault(fact.block, row.at)
            reviews.setdefault(fact.block, []).append((row.at, _known(fact.rating)))
    found = {block: Memory(block, at + DAY) for block, at in begun.items() if block not in reviews}
    if reviews:
        scheduler = _scheduler()
        found |= {block: _memory(scheduler, block, each) for block, each in reviews.items()}
    return found


def _known(value: int) -> Rating:
    return AGAIN if value <= 1 else HARD if value == 2 else GOOD if value == 3 else EASY


def _scheduler() -> "Scheduler":
    # 50 ms of imports that a learner who has reviewed nothing yet does not wait for.
    from fsrs import Scheduler

    return Scheduler(
        desired_retention=RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False
    )


def _memory(scheduler: "Scheduler", block: str, reviews: list[tuple[float, Rating]]) -> Memory:
    from datetime import UTC, datetime

    from fsrs import Card
    from fsrs import Rating as Fsrs

    # An id of our own: without one FSRS reads the clock, and sleeps so as not to repeat itself.
    card: Card = Card(card_id=1, due=datetime.fromtimestamp(reviews[0][0], UTC))
    last = 0.0
    for at, given in reviews:
        # A clock that was set back must not make a review happen before the one before it.
        last = max(last, at)
        card, _ = scheduler.review_card(card, Fsrs(given), datetime.fromtimestamp(last, UTC))
    return Memory(
        block,
        due=card.due.timestamp(),
        reviews=len(reviews),
        lapses=sum(given == AGAIN for _, given in reviews),
        last=last,
        stability=card.stability,
    )


def due(found: Mapping[str, Memory], now: float) -> list[str]:
    """What is due, the least surely remembered first."""
    waiting = [each for each in found.values() if each.due <= now + SOON]
    waiting.sort(key=lambda each: (each.recalled(now), each.due, each.block))
    return [each.block for each in waiting]


def by_day(found: Mapping[str, Memory], now: float, days: int = 14) -> list[list[str]]:
    """What comes due on each of the coming days; what is overdue stands at the first."""
    coming: list[list[str]] = [[] for _ in range(days)]
    for each in found.values():
        day = max(0, int((each.due - SOON - now) // DAY) + 1) if each.due > now + SOON else 0
        if day < days:
            coming[day].append(each.block)
    return coming


def forecast(found: Mapping[str, Memory], now: float, days: int = 14) -> list[int]:
    """How many come due on each of the coming days."""
    return [len(each) for each in by_day(found, now, days)]


class Strength(Struct, frozen=True):
    """How well a topic is remembered."""

    topic: str
    blocks: int
    recalled: float
    """Mean chance of remembering its blocks now."""
    lapses: int


def strengths(found: Mapping[str, Memory], topics: Mapping[str, str], now: float) -> list[Strength]:
    """Strength by topic, the weakest first.

    Args:
        found: What is in memory.
        topics: The topic of each block; a block without one is left out.
        now: Seconds since the epoch.
    """
    by_topic: dict[str, list[Memory]] = {}
    for block, each in found.items():
        if topics.get(block):
            by_topic.setdefault(topics[block], []).append(each)
    rows = [
        Strength(
            topic,
            len(each),
            sum(memory.recalled(now) for memory in each) / len(each),
            sum(memory.lapses for memory in each),
        )
        for topic, each in by_topic.items()
    ]
    return sorted(rows, key=lambda row: (row.recalled, row.topic))
