"""Brackets that are never closed: reported at their start, and closed where they were most likely meant to be."""

from __future__ import annotations

from dataclasses import dataclass

from mldsl.diagnostics.model import Diagnostic, Edit
from mldsl.source import Span
from mldsl.syntax.layout import CLOSERS, GOES_ON_AFTER, GOES_ON_BEFORE, nesting
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.tokens import MAX_DEPTH, WRONG, Token

_TRIVIA = frozenset({"NEWLINE", "COMMENT"})
_DECLARATIONS = frozenset(
    "PIPELINE PARAM SOURCE CHECK TRANSFORM SPLIT MODEL EVALUATE DEPLOY MONITOR PROFILE".split()  # noqa: SIM905
)
_MAX_REPAIRS = 10
"""How many braces too many are looked into; each takes a pass over the file."""

_BLOCK_WORDS = frozenset({"TUNE", "RESOURCES", "PREPARE", "ALGORITHM", "ROLLOUT", "ON", "DERIVE", "GROUP"})


def balance(raw: list[Token], context: Context) -> list[Token]:
    """The same tokens when every bracket is closed, else as many as are needed to close them."""
    deepest, balanced = nesting(raw)
    if deepest > MAX_DEPTH:
        raw = _cut_deep(raw, context)
        _, balanced = nesting(raw)
    if balanced:
        return raw
    return _balance_braces(_close_parentheses(raw, context), context)


def _cut_deep(raw: list[Token], context: Context) -> list[Token]:
    """Replace what nests too deeply, or the rest of its line if it is never closed, by one token that no rule takes."""
    closers = _closers(raw)
    kept: list[Token] = []
    depth = index = 0
    while index < len(raw):
        token = raw[index]
        if token.type in CLOSERS and depth == MAX_DEPTH:
            if not kept or kept[-1].type != WRONG:
                _report_depth(token, context)
                kept.append(Token(WRONG, token.text, token.start, token.end))
            index = closers[index] + 1 if index in closers else _next_newline(raw, index)
            continue
        depth += token.type in CLOSERS
        depth -= token.type in ("RPAR", "RBRACE") and depth > 0
        kept.append(token)
        index += 1
    # the one message is enough: nothing is said about the brackets around it
    unclosed = (token.start for index, token in enumerate(raw) if token.type in CLOSERS and index not in closers)
    context.mended = sorted([*context.mended, *unclosed])
    return kept


def _next_newline(raw: list[Token], index: int) -> int:
    return next((at for at in range(index, len(raw)) if raw[at].type == "NEWLINE"), len(raw))


def _closers(raw: list[Token]) -> dict[int, int]:
    """The index of each closed bracket's counterpart."""
    found: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(raw):
        if token.type in CLOSERS:
            stack.append(index)
        elif token.type in ("RPAR", "RBRACE"):
            while stack and token.type == "RBRACE" and raw[stack[-1]].type == "LPAR":
                stack.pop()
            if stack and CLOSERS[raw[stack[-1]].type] == token.type:
                found[stack.pop()] = index
    return found


def _report_depth(token: Token, context: Context) -> None:
    message = f"nested too deeply (more than {MAX_DEPTH} levels)"
    context.report(Diagnostic("ML001", message, Span(context.file, token.start, token.end)))


# --- parentheses -----------------------------------------------------------------------------------------------------


def _close_parentheses(raw: list[Token], context: Context) -> list[Token]:
    """Close every `(` that a brace or the file's end cuts off, at the end of its own line."""
    open_: list[int] = []
    unclosed: list[int] = []
    for index, token in enumerate(raw):
        if token.type == "LPAR":
            open_.append(index)
        elif token.type == "RPAR":
            if open_:
                open_.pop()
        elif token.type in ("LBRACE", "RBRACE"):
            unclosed += open_
            open_.clear()
    unclosed += open_
    if not unclosed:
        return raw
    inserted: dict[int, int] = {}
    doubled: set[int] = set()
    for index in sorted(unclosed):
        end = _line_end(raw, index)
        if end not in inserted:
            _report_open(raw[index], raw[index:end], context)
        if raw[index + 1 : index + 2] and raw[index + 1].type == "LPAR":
            doubled.add(id(raw[index]))
        else:
            inserted[end] = inserted.get(end, 0) + 1
    return [token for token in _insert(raw, inserted, "RPAR", ")") if id(token) not in doubled]


def _line_end(raw: list[Token], index: int) -> int:
    """The index of the newline, `;` or brace at which the statement around `raw[index]` ends."""
    last = raw[index].type
    for at in range(index + 1, len(raw)):
        kind = raw[at].type
        if kind in ("SEMICOLON", "LBRACE", "RBRACE"):
            return at
        if kind == "NEWLINE" and last not in GOES_ON_AFTER and last != "LPAR" and not _goes_on(raw, at):
            return at
        if kind not in _TRIVIA:
            last = kind
    return len(raw)


def _goes_on(raw: list[Token], at: int) -> bool:
    while at < len(raw) and raw[at].type in _TRIVIA:
        at += 1
    return at < len(raw) and raw[at].type in GOES_ON_BEFORE | {"RPAR"}


# --- braces ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Opener:
    """An open `{`: its index, how far its line is indented, and whether what it holds is indented further.

    `fits` is None until the first line inside is seen.
    """

    index: int
    indent: int
    fits: bool | None = None


def _balance_braces(raw: list[Token], context: Context) -> list[Token]:
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
        if token.type in _TRIVIA:
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
    return _insert(raw, inserted, "RBRACE", "}")


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
    return index + 1 >= len(raw) or raw[index + 1].type in _TRIVIA


def _indent(context: Context, token: Token) -> int:
    return token.start - context.file.text.rfind("\n", 0, token.start) - 1


def _close(raw: list[Token], opener: _Opener, before: int, inserted: dict[int, int], context: Context) -> None:
    """Note a `}` before `raw[before]`, behind the last thing that is there."""
    at = before
    while at > opener.index + 1 and raw[at - 1].type in _TRIVIA:
        at -= 1
    _report_open(raw[opener.index], raw[opener.index : at], context)
    inserted[at] = inserted.get(at, 0) + 1


def _drop_brace(raw: list[Token], context: Context) -> list[Token] | None:
    """Take out a `}` whose place on its line does not fit the block that it closes."""
    stack: list[_Opener] = []
    suspect: int | None = None
    indent, fresh = 0, True
    for index, token in enumerate(raw):
        if token.type in _TRIVIA:
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
        if token.type != "NEWLINE" or depth > 0 or index == 0 or _goes_on(raw, index):
            continue
        line = _line_before(raw, index)
        following = next((other for other in raw[index:] if other.type not in _TRIVIA), None)
        if not line or following is None or line[0].type not in _BLOCK_WORDS | _DECLARATIONS:
            continue
        last = line[-1].type
        if last in GOES_ON_AFTER or last == "LBRACE" or _indent(context, following) <= _indent(context, line[0]):
            continue
        place = Span(context.file, line[-1].end, line[-1].end)
        context.report(Diagnostic("ML001", "expected `{`, found the end of the line", place, edit=Edit(place, " {")))
        return _insert(raw, {raw.index(line[-1]) + 1: 1}, "LBRACE", "{")
    return None


def _line_before(raw: list[Token], index: int) -> list[Token]:
    """The tokens of the line that ends at `index`."""
    at = index
    while at and raw[at - 1].type != "NEWLINE":
        at -= 1
    return [token for token in raw[at:index] if token.type not in _TRIVIA]


# --- both ------------------------------------------------------------------------------------------------------------


def _report_open(opener: Token, until: list[Token], context: Context) -> None:
    """Report a bracket once, unless a string that is never closed swallowed its counterpart."""
    if context.mended and any(context.is_mended(token.start, token.start) for token in until):
        return
    closer = {"LPAR": ")", "LBRACE": "}"}[opener.type]
    span = Span(context.file, opener.start, opener.end)
    context.report(Diagnostic("ML002", f"this `{opener.text}` is never closed", span, help=f"close it with `{closer}`"))


def _insert(raw: list[Token], places: dict[int, int], kind: str, text: str) -> list[Token]:
    """New tokens before the given indices, so many at each."""
    found: list[Token] = []
    for index in range(len(raw) + 1):
        end = found[-1].end if found else 0
        found += [Token(kind, text, end, end) for _ in range(places.get(index, 0))]
        found += raw[index : index + 1]
    return found
