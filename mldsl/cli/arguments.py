"""The parser of a command's arguments: what is wrong with them is one sentence and, where it can be, a did-you-mean."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn

from mldsl.errors import UsageError


class Arguments(argparse.ArgumentParser):
    """argparse's parser, raising UsageError where that one prints and exits. `words` are those of the command line."""

    def __init__(self, command: str, summary: str, examples: str, words: Sequence[str] = ()) -> None:
        self.words = tuple(words)
        # What is said of an option that is not there, if there is more to say: see `mldsl.cli.targeting`.
        self.foreign: Callable[[str], UsageError | None] = lambda _: None
        super().__init__(
            prog=f"mldsl {command}",
            description=summary,
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def asked(self, option: str) -> str | None:
        """What is given for an option, before anything is parsed: what else there is may depend on it."""
        for place, word in enumerate(self.words):
            if word == option:
                return self.words[place + 1] if place + 1 < len(self.words) else None
            if word.startswith(f"{option}="):
                return word.removeprefix(f"{option}=")
        return None

    def read(self) -> argparse.Namespace:
        """The arguments; raises UsageError for what is missing, wrong or does not belong there."""
        known, unknown = self.parse_known_args(self.words)
        if not unknown:
            return known
        from mldsl.diagnostics.suggest import did_you_mean

        word = unknown[0]
        if (foreign := self.foreign(word.split("=")[0])) is not None:
            raise foreign
        if not word.startswith("-"):
            raise UsageError(f"{self.prog}: `{word}` is one argument too many", self._way_out())
        name = word.split("=")[0]
        raise UsageError(
            f"{self.prog}: there is no option `{name}`",
            did_you_mean(name, self._option_string_actions) or self._way_out(),
        )

    def error(self, message: str) -> NoReturn:
        """What argparse found wrong."""
        raise UsageError(f"{self.prog}: {message}", self._way_out())

    def _way_out(self) -> str:
        return f"`{self.prog} --help` shows how it is used"
