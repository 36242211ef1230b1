"""A chapter's test: which questions an attempt draws, and what a learner has of it."""

import math
import random
from collections.abc import Sequence
from itertools import zip_longest

from msgspec import Struct

from tutor.core.course import Chapter
from tutor.core.facts import SatTest
from tutor.core.lesson import Quiz


def draw(lessons: Sequence[Sequence[Quiz]], count: int, seed: int) -> tuple[Quiz, ...]:
    """The questions of one attempt: of each lesson as many as of any other, then mixed.

    Args:
        lessons: The questions of each lesson.
        count: How many to draw; all of them where there are fewer.
        seed: The same seed draws the same questions in the same order.
    """
    mix = random.Random(seed)
    piles = [mix.sample(questions, len(questions)) for questions in lessons]
    mix.shuffle(piles)  # else the first lessons would give one more in every attempt
    rounds = (question for each in zip_longest(*piles) for question in each)
    drawn = [question for question in rounds if question is not None][:count]
    mix.shuffle(drawn)
    return tuple(drawn)


def percent(share: float) -> str:
    """A share in per cent, rounded down: what falls short of a mark must not read as the mark."""
    return f"{math.floor(100 * share + 1e-9)}%"


class ChapterStanding(Struct, frozen=True):
    """What a learner has of a chapter's test. Shares are of the points, from 0 to 1."""

    chapter: str
    title: str
    questions: int
    """How many an attempt asks."""
    passing: float
    attempts: int
    first: float | None
    best: float | None
    passed: bool
    """In any attempt, by the mark of its time."""


def chapter_standing(
    chapter: Chapter, lessons: Sequence[Sequence[Quiz]], sat: Sequence[SatTest]
) -> ChapterStanding | None:
    """What a learner has of a chapter's test; None where there is nothing to draw.

    Args:
        chapter: The chapter.
        lessons: The questions of each of its lessons.
        sat: Its attempts, in their order.
    """
    there = sum(map(len, lessons))
    if chapter.test is None or not there:
        return None
    shares = [each.share for each in sat]
    return ChapterStanding(
        chapter=chapter.id,
        title=chapter.title,
        questions=min(chapter.test.draw, there),
        passing=chapter.test.passing,
        attempts=len(sat),
        first=shares[0] if shares else None,
        best=max(shares, default=None),
        passed=any(each.passed for each in sat),
    )
