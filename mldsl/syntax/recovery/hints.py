"""Mistakes that many make, and what to say about them instead of what the grammar expects."""

from __future__ import annotations

from dataclasses import dataclass

from mldsl.syntax.engine import Engine
from mldsl.syntax.layout import GOES_ON_AFTER
from mldsl.syntax.recovery import describe, elsewhere
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
            return _comma(engine, kinds)
        case "LBRACE" if before is not None and before.type == "COLON":
            return Hint("a block has no `:` before it", "leave the `:` out")
        case "LBRACE" if _is_option(engine) and engine.tokens[engine.statement.first].text == "algorithm":
            return Hint("an algorithm has no `:` before it", "leave the `:` out: `algorithm NAME { … }`")
        case "LBRACE" if engine.at == engine.statement.first:
            return Hint("a block starts on the line of its declaration", "put the `{` at the end of the line before")
        case "INT" | "FLOAT" | "LPAR" if before is not None and before.type == "PERCENT":
            return Hint(
                f"`{before.text}` is a percentage", "for the remainder of a division put a space before the `%`"
            )
        case "RPAR" if not _is_open(engine):
            return Hint("unexpected `)`", "it closes nothing: take it away, or put a `(` before", "")
        case "LPAR" if engine.at > 1 and engine.tokens[engine.at - 2].type == "DOT" and before is not None:
            return Hint(f"`{before.text}` is no method", f"a function is called by its name: `{before.text}(…)`")
        case "NULLABLE" | "IF" if "AND" in kinds:
            return Hint(
                f"unexpected `{token.text}`",
                "a value that depends on a condition is `if … then … else …`, the `if` first",
            )
        case _:
            return _foreign(engine, token, kinds, before) or _reserved(kinds, token) or _went_on(engine, token)


def _is_open(engine: Engine) -> bool:
    """Whether this statement has a bracket to close."""
    kinds = [token.type for token in engine.tokens[engine.statement.first : engine.at]]
    return kinds.count("LPAR") > kinds.count("RPAR")


def _foreign(engine: Engine, token: Token, kinds: set[str], before: Token | None) -> Hint | None:
    """What has another form in other languages."""
    sign = elsewhere.comment(engine.tokens, engine.at)
    if sign is not None:
        return Hint(f"unexpected `{sign}`", "a comment starts with `#`")
    if before is None:
        return None
    operator = elsewhere.OPERATORS.get(before.text + token.text) if before.end == token.start else None
    if operator is not None:
        return Hint(f"unexpected `{before.text}{token.text}`", f"write `{operator}`")
    return _foreign_word(engine, token, kinds, before) if token.text.isidentifier() else None


def _foreign_word(engine: Engine, token: Token, kinds: set[str], before: Token) -> Hint | None:
    unexpected, word = f"unexpected `{token.text}`", token.text.lower()
    unit = elsewhere.unit(word) if before.type == "INT" else None
    if unit is not None:
        return Hint(unexpected, f"a duration is one word: write `{before.text}{unit}`")
    if word == "when" and before.text.lower() == "case":
        return Hint("unexpected `case`", "write `if … then … else …`")
    if word in ("none", "null", "nil") and "NULL" in kinds and token.text != "null":
        return Hint(unexpected, "write `null`", "null")
    if word == "asc" and END in kinds:
        return Hint(unexpected, "rows are sorted upwards unless `desc` stands there")
    if "EQUAL" in kinds and before.text in ("let", "var", "const", "set", "def"):
        return Hint(unexpected, f"a name is introduced by `=` alone: `{token.text} = …`")
    if _is_raw_name(engine) and END in kinds:
        return Hint(unexpected, f"roles stand before `from`: `{token.text} from {before.text}`")
    if "STRING" in kinds and "NAME" not in kinds and "TRUE" in kinds:
        return Hint(
            f"expected a literal, found `{token.text}`", f'a text stands between double quotes: `"{token.text}"`'
        )
    return None


def _is_raw_name(engine: Engine) -> bool:
    """Whether `from "…"` of a schema's field stands right before."""
    at = engine.at
    return at > 1 and (engine.tokens[at - 2].type, engine.tokens[at - 1].type) == ("FROM", "STRING")


def _comma(engine: Engine, kinds: set[str]) -> Hint | None:
    if END in kinds or "RBRACE" in kinds:
        return Hint("`,` only separates the items of a list", "end a statement with `;` or a new line")
    if _is_option(engine) and engine.tokens[engine.statement.first + 2].type == "LPAR":
        return Hint("unexpected `,`", "values to choose from are `choice(a, b)`, a range is `a..b`")
    return None


def _is_option(engine: Engine) -> bool:
    """Whether the statement begins with `NAME:` and has something behind it."""
    first = engine.statement.first
    return engine.at > first + 2 and engine.tokens[first + 1].type == "COLON"


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
