"""`{` that are never closed, and `}` that close nothing: the indentation tells which one is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from mldsl.diagnostics.model import Diagnostic, Edit
from mldsl.source import Span
from mldsl.syntax.layout import GOES_ON_AFTER
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.recovery.lines import TRIVIA, goes_on, insert, report_open
from mldsl.syntax.tokens import Token

_DECLARATIONS = frozenset(
    "PIPELINE PARAM SOURCE CHECK TRANSFORM SPLIT MODEL EVALUATE DEPLOY MONITOR PROFILE".split()  # noqa: SIM905
)
_MAX_REPAIRS = 10
"""How many braces too many are looked into; each takes a pass over the file."""

_BLOCK_WORDS = frozenset({"TUNE", "RESOURCES", "PREPARE", "ALGORITHM", "ROLLOUT", "ON", "DERIVE", "GROUP"})


@dataclass(slots=True)
class _Opener:
    """An open `{`: its index, how far its line is indented, and whether what it holds is indented further.

    `fits` is None until the first line inside is seen.
    """

    index: int
    indent: int
    fits: bool | None = None


def balance_braces(raw: list[Token], context: Context) -> list[Token]:
    """Close blocks, or take braces out, until there are as many `}` as `{` or nothing more can be said."""
    opened = sum(token.type == "LBRACE" for token in raw)
    closed = sum(token.type == "RBRACE" for token in raw)
    if opened > closed:
        raw, missing = _drop_doubled(raw, opened - closed, context)
        return _close_braces(raw, missing, context) if missing else raw
    for _ in range(min(closed - opened, _MAX_REPAIRS)):
        mended = _open_brace(raw, context) or _drop_brace(raw, context)
        if mended is None:
            break
        raw = mended
    return raw


def _drop_doubled(raw: list[Token], missing: int, context: Context) -> tuple[list[Token], int]:
    """Take out a `{` right behind another: nothing starts with one."""
    kept: list[Token] = []
    reported = False
    for token in raw:
        doubled = token.type == "LBRACE" and bool(kept) and kept[-1].type == "LBRACE"
        if missing and doubled:
            if not reported:
                context.report(Diagnostic("ML001", "unexpected `{`", Span(context.file, token.start, token.end)))
            missing -= 1
        else:
            kept.append(token)
        reported = doubled
    return kept, missing


def _close_braces(raw: list[Token], missing: int, context: Context) -> list[Token]:
    """Close blocks before the line whose indentation says that they should have ended, else at the file's end."""
    stack: list[_Opener] = []
    inserted: dict[int, int] = {}
    indent, fresh = 0, True
    for index, token in enumerate(raw):
        if token.type in TRIVIA:
            fresh = fresh or token.type == "NEWLINE"
            continue
        if fresh:
            indent, fresh = _indent(context, token), False
            while missing and stack and _should_have_ended(raw, index, indent, stack[-1]):
                _close(raw, stack.pop(), index, inserted, context)
                missing -= 1
        if token.type == "LBRACE":
            stack.append(_Opener(index, indent))
        elif token.type == "RBRACE" and stack:
            stack.pop()
        if stack and stack[-1].index != index and stack[-1].fits is None:
            stack[-1].fits = indent > stack[-1].indent or not _ends_line(raw, stack[-1].index)
    for opener in reversed(stack):
        _close(raw, opener, len(raw), inserted, context)
    return insert(raw, inserted, "RBRACE", "}")


def _should_have_ended(raw: list[Token], index: int, indent: int, opener: _Opener) -> bool:
    if raw[index].type == "RBRACE":
        return indent < opener.indent
    if indent > opener.indent:
        return False
    if _ends_line(raw, opener.index) and not opener.fits:
        return indent < opener.indent or _starts_declaration(raw, index)
    return True


def _starts_declaration(raw: list[Token], index: int) -> bool:
    following = [token.type for token in raw[index + 1 : index + 3]]
    return raw[index].type in _DECLARATIONS and len(following) == 2 and following[0] not in ("COLON", "EQUAL")


def _ends_line(raw: list[Token], index: int) -> bool:
    return index + 1 >= len(raw) or raw[index + 1].type in TRIVIA


def _indent(context: Context, token: Token) -> int:
    return token.start - context.file.text.rfind("\n", 0, token.start) - 1


def _close(raw: list[Token], opener: _Opener, before: int, inserted: dict[int, int], context: Context) -> None:
    """Note a `}` before `raw[before]`, behind the last thing that is there."""
    at = before
    while at > opener.index + 1 and raw[at - 1].type in TRIVIA:
        at -= 1
    report_open(raw[opener.index], raw[opener.index : at], context)
    inserted[at] = inserted.get(at, 0) + 1


def _drop_brace(raw: list[Token], context: Context) -> list[Token] | None:
    """Take out a `}` whose place on its line does not fit the block that it closes."""
    stack: list[_Opener] = []
    suspect: int | None = None
    indent, fresh = 0, True
    for index, token in enumerate(raw):
        if token.type in TRIVIA:
            fresh = fresh or token.type == "NEWLINE"
            continue
        first, fresh = fresh, False
        if first:
            indent = _indent(context, token)
        if token.type == "LBRACE":
            stack.append(_Opener(index, indent))
        elif token.type == "RBRACE" and stack:
            opener = stack.pop()
            same_line = not any(token.type == "NEWLINE" for token in raw[opener.index : index])
            fits = indent == opener.indent if first else same_line or _lacks_brace(raw, index)
            suspect = index if suspect is None and not fits else suspect
        elif token.type == "RBRACE" and suspect is not None:
            wrong = raw[suspect]
            context.report(Diagnostic("ML001", "unexpected `}`", Span(context.file, wrong.start, wrong.end)))
            return raw[:suspect] + raw[suspect + 1 :]
        if not stack and first and _starts_declaration(raw, index):
            suspect = None
    return None


def _lacks_brace(raw: list[Token], index: int) -> bool:
    """Whether the line of the `}` at `index` starts with a word that opens a block, and opens none."""
    at = index
    while at and raw[at - 1].type != "NEWLINE":
        at -= 1
        if raw[at].type == "LBRACE":
            return False
    return raw[at].type in _BLOCK_WORDS


def _open_brace(raw: list[Token], context: Context) -> list[Token] | None:
    """Put a `{` at the end of a line that starts like a block and is followed by lines indented further."""
    depth = 0
    for index, token in enumerate(raw):
        depth += {"LPAR": 1, "RPAR": -1}.get(token.type, 0)
        if token.type != "NEWLINE" or depth > 0 or index == 0 or goes_on(raw, index):
            continue
        line = _line_before(raw, index)
        following = next((other for other in raw[index:] if other.type not in TRIVIA), None)
        if not line or following is None or line[0].type not in _BLOCK_WORDS | _DECLARATIONS:
            continue
        last = line[-1].type
        if last in GOES_ON_AFTER or last == "LBRACE" or _indent(context, following) <= _indent(context, line[0]):
            continue
        place = Span(context.file, line[-1].end, line[-1].end)
        context.report(Diagnostic("ML001", "expected `{`, found the end of the line", place, edit=Edit(place, " {")))
        return insert(raw, {raw.index(line[-1]) + 1: 1}, "LBRACE", "{")
    return None


def _line_before(raw: list[Token], index: int) -> list[Token]:
    """The tokens of the line that ends at `index`."""
    at = index
    while at and raw[at - 1].type != "NEWLINE":
        at -= 1
    return [token for token in raw[at:index] if token.type not in TRIVIA]
