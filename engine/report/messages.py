"""The message catalogue: every sentence a reader sees, by key and language.

A message is a whole sentence or label with named slots, `{low}`; what goes into a slot is a number, a
name or a list, never a piece of a sentence. Where a count changes the sentence there is one message a
plural form, `key.one` and `key.other`. A language is a table such as `english.py`,
joined there from its parts, a function that picks the plural form, a line below, and one in `numbers.py`.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.errors import UsageError
from engine.report.english import ENGLISH
from engine.report.swedish import SWEDISH


class Language(NamedTuple):
    """A language of the report."""

    messages: Mapping[str, str]
    plural: Callable[[int], str]
    """Name of the plural form that a count takes."""


def _one_or_other(n: int) -> str:
    return "one" if n == 1 else "other"


LANGUAGES: dict[str, Language] = {"en": Language(ENGLISH, _one_or_other), "sv": Language(SWEDISH, _one_or_other)}


def slots_of(message: str) -> frozenset[str]:
    """Names of the slots in a message."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(message) if name is not None)


class Messages:
    """Sentences in one language: `say("answer.title")`, `say.count("draws", 3)`.

    Raises
    ------
    UsageError : there are no messages in this language.
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise UsageError(f"no messages in language {language!r}; there are {', '.join(sorted(LANGUAGES))}")
        self.language = language
        self._messages, self._plural = LANGUAGES[language]

    def __call__(self, key: str, /, **slots: object) -> str:
        """The message with its slots filled. A missing message or slot is a bug and raises KeyError."""
        return self._messages[key].format_map(slots)

    def count(self, key: str, n: int, /, **slots: object) -> str:
        """The plural form of a message that fits `n`, which is also the slot `{n}` unless it is given."""
        return self(f"{key}.{self._plural(n)}", **{"n": n, **slots})

    def listed(self, items: Sequence[str], *, limit: int = 6) -> str:
        """Names in a row as the language writes them, the end summed up as a number beyond `limit`."""
        shown = list(items)
        # A name with a comma in it would look like two names.
        separator = "list.semicolon" if any("," in item for item in shown) else "list.comma"
        if len(shown) > limit:
            return self.count("list.more", len(shown) - limit + 1, names=self(separator).join(shown[: limit - 1]))
        if len(shown) < 2:
            return "".join(shown)
        return self("list.last", names=self(separator).join(shown[:-1]), last=shown[-1])
