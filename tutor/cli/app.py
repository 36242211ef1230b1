"""The command itself: its options, opening the tutor, and how every error leaves."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console

import tutor
from tutor.core.device import known
from tutor.core.errors import TutorError
from tutor.ui.options import Options, asked_glyphs

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor

DONE, NOT_PASSED, USAGE, RUN_FAILED, INTERRUPTED = 0, 1, 2, 3, 130
T = TypeVar("T")

app = typer.Typer(
    name="dlwalk-tutor",
    help="A walk with deep learning, in a terminal. Without a command: the tutor itself.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(highlight=False, markup=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


class _Asked:
    """What the options before the command said."""

    course: Path | None = None
    trust: bool = False
    screen: Options = Options()


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"dlwalk-tutor {tutor.__version__}")
        raise typer.Exit(DONE)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    course: Annotated[
        Path | None, typer.Option(help="A folder of lessons, or one markdown file.")
    ] = None,
    lesson: Annotated[str, typer.Option(help="Open this lesson at once.")] = "",
    device: Annotated[
        str,
        typer.Option(envvar="DLWALK_DEVICE", help="Device for runs: auto, cpu, cuda, cuda:1 ..."),
    ] = "auto",
    glyphs: Annotated[
        str, typer.Option(envvar="DLWALK_GLYPHS", help="Plots in braille, block or ascii.")
    ] = "",
    ascii_only: Annotated[
        bool, typer.Option("--ascii", envvar="DLWALK_ASCII", help="Every sign of ours in ASCII.")
    ] = False,
    no_mouse: Annotated[
        bool,
        typer.Option("--no-mouse", envvar="DLWALK_NO_MOUSE", help="Leave the mouse alone."),
    ] = False,
    slow_link: Annotated[
        bool,
        typer.Option(
            "--slow-link", envvar="DLWALK_SLOW_LINK", help="For links of a few kB a second."
        ),
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Run this course's code without asking.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Start the tutor, or run one of the commands below."""
    _Asked.course, _Asked.trust = course, trust
    _Asked.screen = Options(
        glyphs=asked_glyphs("ascii" if ascii_only else glyphs),
        mouse=not no_mouse,
        slow_link=slow_link,
        device=device,
        lesson=lesson,
    )
    if context.invoked_subcommand is None:
        from tutor.session.doctor import usable_terminal

        usable_terminal()
        _screen(_Asked.screen)


def _screen(options: Options) -> None:
    from tutor.ui.app import TutorApp

    known(options.device)
    opened = open_tutor()
    if options.lesson:
        opened.lesson(options.lesson)  # an unknown name is a sentence now, not a screen later
    TutorApp(opened, options).run(mouse=options.mouse)
    opened.close()


def open_tutor(*, runs_code: bool = False) -> "Tutor":
    """Open the course that was asked for.

    Args:
        runs_code: Whether the command runs the course's code; a course from elsewhere must then
            be trusted.

    Raises:
        TutorError: If it does not parse, or its code may not run.
    """
    from tutor.session.tutor import Tutor

    opened = Tutor.open(_Asked.course)
    if _Asked.trust:
        opened.trust.grant()
    if runs_code:
        opened.trust.require()
    for notice in opened.notices:
        err.print(notice)
    opened.notices.clear()
    return opened


def require_trust(course: Path) -> None:
    """Raise TutorError unless this course's code may run; `--trust` says that it may."""
    from tutor.session.tutor import Tutor

    opened = Tutor.open(course)
    if _Asked.trust:
        opened.trust.grant()
    opened.trust.require()
    opened.close()


def course_folder() -> Path | None:
    """The course asked for with `--course`, or None for the built-in one."""
    return _Asked.course


def trusted() -> bool:
    """Whether `--trust` was given."""
    return _Asked.trust


def screen_options() -> Options:
    """What was asked of the screen."""
    return _Asked.screen


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(work)


def leave(code: int) -> NoReturn:
    """Leave with an exit code."""
    raise typer.Exit(code)


def main() -> None:
    """The console script: every expected error becomes a sentence and an exit code."""
    from tutor.cli import (
        author,
        export,
        labs,
        learn,
        looking,
        machine,
        memory,
        runs,
        sitting,
        sweep,
        teacher,
        train,
    )

    groups = (learn, train, runs, sweep, labs, looking, export, memory, sitting)
    for module in (*groups, teacher, author, machine):
        assert module.COMMANDS, "importing a module of commands registers them"
    try:
        app()
    except TutorError as error:
        err.print(error.title, style="bold")
        if error.hint:
            err.print(error.hint)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        err.print("Interrupted.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(DONE)
