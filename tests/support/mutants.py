"""Programs with one token dropped, doubled or misspelt: what the tests of slips share."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from tests.support.cli import ROOT

TOKEN = re.compile(
    r'"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|#[^\n]*|@[\w:-]+|\w+%?|\s+|[<>=!]=|\?\?|\.\.|\*\*|//|.'
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def examples() -> dict[str, str]:
    """The examples' programs by their path; a source without a schema gets none here, since the data is not read."""
    paths = sorted((ROOT / "examples").glob("*/*.ml"))
    return {str(path): path.read_text(encoding="utf-8") for path in paths}


def misspelt(word: str, chance: random.Random) -> str:
    """The word with two neighbours swapped, or a letter lost, added or wrong; a number or a sign is another one."""
    at = chance.randrange(len(word))
    match chance.randrange(4):
        case 0 if len(word) > 1 and word[at - 1] != word[at] and at:
            return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        case 1 if len(word) > 1:
            return word[:at] + word[at + 1 :]
        case 2:
            return word[:at] + chance.choice(LETTERS) + word[at:]
        case _:
            return word[:at] + chance.choice(LETTERS) + word[at + 1 :]


def mutants(text: str, number: int, seed: int) -> Iterator[tuple[str, str]]:
    """So many programs that differ from `text` by a slip, each with what was done."""
    chance = random.Random(seed)
    tokens = TOKEN.findall(text)
    places = [at for at, token in enumerate(tokens) if not token.isspace() and token[0] != "#"]
    for _ in range(number):
        at = chance.choice(places)
        kind = chance.choice(["drop", "double", "misspell"])
        changed = list(tokens)
        match kind:
            case "drop":
                changed[at] = ""
            case "double":
                changed[at] += f" {tokens[at]}"
            case _:
                changed[at] = misspelt(tokens[at], chance)
        yield f"{kind} `{tokens[at]}` as `{changed[at]}`", "".join(changed)
