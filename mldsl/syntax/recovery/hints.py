"""Mistakes that many make, and what to say about them instead of what the grammar expects."""

from __future__ import annotations

from dataclasses import dataclass

from mldsl.syntax.engine import Engine
from mldsl.syntax.layout import GOES_ON_AFTER
from mldsl.syntax.recovery import describe
from mldsl.syntax.tokens import END, EXPRESSION_WORDS, Token


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence, a way out, and what to put in the token's place if that is certain."""

    message: str
    help: str | None = None
    replacement: str | None = None


def hint(engine: Engine, token: Token) -> Hint | None:
    """What to say about `token`, which cannot stand where it is; None when there is nothing special about it."""
    kinds = describe.accepted(engine)
    before = engine.tokens[engine.at - 1] if engine.at else None
    match token.type:
        case "EQUAL" if "COMPARE" in kinds:
            return Hint("`=` introduces a name and does not compare", "write `==`", "==")
        case "EQUAL" if "COLON" in kinds and "NAME" not in kinds:
            return Hint("an option is set with `:`, not with `=`", "write `:`", ":")
        case "COLON" if "EQUAL" in kinds:
            return Hint("a name is introduced with `=`, not with `:`", "write `=`", "=")
        case "COMPARE" if "EQUAL" in kinds and token.text == "==":
            return Hint("a name is introduced with `=`, not with `==`", "write `=`", "=")
        case "COMPARE" | "BETWEEN" | "IN" | "IS" if "AND" in kinds:
            return Hint("comparisons do not chain", "join two of them with `and`, or write `between … and …`")
        case "VBAR" if "OR" in kinds:
            return Hint("`|` joins the steps of `prepare`", "write `or`")
        case "COMMA":
            return _comma(kinds)
        case "LBRACE" if engine.at == engine.statement.first:
            return Hint("a block starts on the line of its declaration", "put the `{` at the end of the line before")
        case "INT" | "FLOAT" | "LPAR" if before is not None and before.type == "PERCENT":
            return Hint(
                f"`{before.text}` is a percentage", "for the remainder of a division put a space before the `%`"
            )
        case _:
            return _reserved(kinds, token) or _went_on(engine, token)


def _comma(kinds: set[str]) -> Hint | None:
    if END in kinds or "RBRACE" in kinds:
        return Hint("`,` only separates the items of a list", "end a statement with `;` or a new line")
    return None


def _reserved(kinds: set[str], token: Token) -> Hint | None:
    if token.text in EXPRESSION_WORDS and "NAME" in kinds and "INT" not in kinds:
        quoted = f"`` `{token.text}` ``"
        return Hint(
            f"`{token.text}` is a word of expressions", f"a name stands in backticks: {quoted}", f"`{token.text}`"
        )
    return None


def _went_on(engine: Engine, token: Token) -> Hint | None:
    """The line before ends in a sign that makes it go on, where most likely an operand is missing."""
    at = engine.at
    if at < 2 or token is not engine.tokens[at] or engine.tokens[at - 2].type not in GOES_ON_AFTER:
        return None
    sign, behind = engine.tokens[at - 2], engine.tokens[at - 1]
    text = engine.context.file.text
    if "\n" not in text[sign.end : behind.start] or "\n" in text[behind.end : token.start]:
        return None
    shown = describe.found(sign)
    return Hint(
        f"unexpected {describe.found(token)}", f"the line above ends in {shown}, so that this line belongs to it"
    )
