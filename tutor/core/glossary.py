"""The words of a course, each in a sentence or two, and finding them."""

import re
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct


def _says(text: str) -> Meta:
    return Meta(description=text)


class Term(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word of the course, explained."""

    term: Annotated[str, _says("The word, as running text writes it."), Meta(min_length=1)]
    also: Annotated[tuple[str, ...], _says("Other forms that it is looked up by.")] = ()
    text: Annotated[str, _says("One or two sentences; markdown and maths."), Meta(min_length=1)]
    lesson: Annotated[str, _says("Id of the lesson that explains it.")]

    @property
    def names(self) -> tuple[str, ...]:
        """The word and its other forms."""
        return (self.term, *self.also)


class GlossaryFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`glossary.toml`, beside `course.toml`; a course may do without."""

    term: tuple[Term, ...] = ()


def matching(terms: Iterable[Term], wanted: str) -> list[Term]:
    """The terms with a name that holds the text, else those whose explanation does; any case."""
    terms, wanted = list(terms), wanted.casefold().strip()
    named = [each for each in terms if any(wanted in name.casefold() for name in each.names)]
    return named or [each for each in terms if wanted in each.text.casefold()]


def said(term: Term, text: str) -> bool:
    """Whether a text uses the word in one of its forms, with an ending of up to three letters."""
    forms = "|".join(re.escape(name) for name in term.names)
    return re.search(rf"(?<!\w)(?:{forms})\w{{0,3}}(?!\w)", text, re.IGNORECASE) is not None
