"""What a learner has of a lesson: its points, whether it is passed, what is left of it."""

from msgspec import Struct

from tutor.core.lesson import (
    Body,
    Code,
    Directive,
    Lab,
    Lesson,
    Predict,
    Prose,
    Reflect,
    Run,
    graded_points,
)
from tutor.core.progress import BlockRecord, Progress


class BlockStanding(Struct, frozen=True):
    """What a learner has of one directive."""

    earned: float
    maximum: float
    passed: bool
    attempts: int
    first: float
    given_up: bool
    hints: int


class Standing(Struct, frozen=True):
    """What a learner has of a lesson."""

    points: float
    maximum: float
    needed: float
    """Points that pass: a share of what the core path is worth. Extras help, and nobody needs them."""
    passed: bool
    tested_out: bool
    """Passed by its questions alone, before reading it."""
    done_blocks: int
    total_blocks: int
    """Directives that can be done."""
    minutes_left: float
    blocks: dict[str, BlockStanding]


def standing(lesson: Lesson, progress: Progress) -> Standing:
    """Points, passes and what is left of a lesson."""
    blocks: dict[str, BlockStanding] = {}
    done = total = 0
    for block in lesson.blocks:
        if isinstance(block.body, Directive):
            record = progress.blocks.get(block.id)
            blocks[block.id] = _block_standing(block.body, record)
            total += 1
            reflected = isinstance(block.body, Reflect) and block.id in progress.reflections
            done += bool(reflected or (record and (record.attempts or record.given_up)))
    points = sum(each.earned for each in blocks.values())
    maximum = sum(each.maximum for each in blocks.values())
    return Standing(
        points=points,
        maximum=maximum,
        needed=lesson.passing * (_core_maximum(lesson, blocks) or maximum),
        passed=_passed(lesson, progress, blocks),
        tested_out=lesson.id in progress.passed and progress.passed[lesson.id].tested_out,
        done_blocks=done,
        total_blocks=total,
        minutes_left=_minutes_left(lesson, progress, blocks),
        blocks=blocks,
    )


def _core_maximum(lesson: Lesson, blocks: dict[str, BlockStanding]) -> float:
    return sum(
        blocks[block.id].maximum
        for block in lesson.blocks
        if block.id in blocks and not block.extra
    )


def _passed(lesson: Lesson, progress: Progress, blocks: dict[str, BlockStanding]) -> bool:
    if lesson.id in progress.passed:
        return True
    maximum = sum(each.maximum for each in blocks.values())
    if maximum:
        needed = lesson.passing * (_core_maximum(lesson, blocks) or maximum)
        return sum(each.earned for each in blocks.values()) >= needed - 1e-9
    # Where there is nothing to earn, reading to the end is what passes.
    return progress.furthest.get(lesson.id, -1) >= len(lesson.blocks) - 1


def _block_standing(body: Body, record: BlockRecord | None) -> BlockStanding:
    maximum = graded_points(body)
    found = record or BlockRecord()
    return BlockStanding(
        earned=found.share * maximum,
        maximum=maximum,
        passed=found.passed,
        attempts=found.attempts,
        first=found.first_share * maximum,
        given_up=found.given_up,
        hints=found.hints,
    )


_MINUTES = {Run: 2.0, Lab: 2.0, Code: 4.0, Predict: 1.0, Reflect: 1.0}


def _minutes_left(lesson: Lesson, progress: Progress, blocks: dict[str, BlockStanding]) -> float:
    """The lesson's minutes, shared out over what is still to be read and done."""
    read = progress.furthest.get(lesson.id, -1)
    whole = left = 0.0
    for index, block in enumerate(lesson.blocks):
        weight = 0.8 if isinstance(block.body, Prose) else _MINUTES.get(type(block.body), 1.0)
        whole += weight
        if isinstance(block.body, Prose):
            left += weight if index > read else 0.0
        elif block.id in blocks and not (blocks[block.id].attempts or blocks[block.id].given_up):
            left += weight if block.id not in progress.reflections else 0.0
    return lesson.minutes * left / whole if whole else 0.0
