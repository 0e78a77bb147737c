"""Did you mean: the known name that a mistyped one was most likely meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = re.compile(r"[^\W\d]\w*")


class Hint(str):
    """A help line that is certain of the mend: where the text `wrong` stands, `right` should."""

    __slots__ = ("right", "wrong")

    wrong: str
    right: str

    def __new__(cls, text: str, wrong: str, right: str) -> Hint:
        """The line with what it would replace by what."""
        made = super().__new__(cls, text)
        made.wrong, made.right = wrong, right
        return made

    def __getnewargs__(self) -> tuple[str, str, str]:  # type: ignore[override]
        """What a copy is made from."""
        return str(self), self.wrong, self.right


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `name`, or None when none is near.

    Near is: the same but for case, hyphens or spaces; a few letters missing, added, wrong or swapped (one up to five
    letters, two up to eight, three beyond); or, from three letters on, a candidate one of whose words it is
    (`logistic` for `logistic_regression`). Of equally near ones a mere swap of letters wins, then
    the first in alphabetical order.
    """
    wanted = _plain(name)
    allowed = 0 if len(name) < 2 else 1 if len(name) < 6 else 2 if len(name) < 9 else 3
    ranked: list[tuple[int, bool, str]] = []
    for candidate in candidates:
        if candidate == name:
            continue
        plain = _plain(candidate)
        if abs(len(plain) - len(wanted)) <= allowed:
            distance = _distance(wanted, plain, allowed)
            if distance <= allowed:
                ranked.append((distance, sorted(wanted) != sorted(plain), candidate))
                continue
        if len(name) >= 3 and _is_word_of(wanted, plain):
            ranked.append((allowed + 1, True, candidate))
    return min(ranked)[-1] if ranked else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The help line "did you mean `…`?", or None when no candidate is near. A Hint where no other can be meant."""
    known = list(candidates)
    found = suggest(name, known)
    if found is None:
        return None
    text = f"did you mean `{found}`?"
    return Hint(text, name, found) if _NAME.fullmatch(found) and is_certain(name, found, known) else text


def did_you_mean_string(value: str, candidates: Iterable[str]) -> str | None:
    """The help line "did you mean `"…"`?" for a string; a Hint where no other can be meant."""
    known = list(candidates)
    found = suggest(value, known)
    if found is None:
        return None
    text = f'did you mean `"{found}"`?'
    plain = not any(sign in found or sign in value for sign in '"\\\n\t')
    return Hint(text, f'"{value}"', f'"{found}"') if plain and is_certain(value, found, known) else text


def is_certain(name: str, meant: str, candidates: Iterable[str]) -> bool:
    """Whether `name` is surely `meant` with a slip: one letter (two of nine or more) and no other candidate near.

    Digits tell names apart on purpose: `total_2` is no slip for `total_1`. Names of one or two letters are too short.
    """
    if _plain(name) == _plain(meant):
        return [_plain(other) for other in candidates].count(_plain(meant)) == 1
    if len(name) < 3 or re.sub(r"\D", "", name) != re.sub(r"\D", "", meant):
        return False
    if _distance(_plain(name), _plain(meant), 3) > (2 if len(name) > 8 else 1):
        return False
    return suggest(name, (other for other in candidates if other != meant)) is None


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def _is_word_of(name: str, candidate: str) -> bool:
    words = candidate.split("_")
    return len(words) > 1 and (name in words or candidate.startswith(name + "_"))


def _distance(a: str, b: str, limit: int) -> int:
    """Edits from `a` to `b`, a swap of neighbours counting as one (optimal string alignment); above `limit` any."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]
