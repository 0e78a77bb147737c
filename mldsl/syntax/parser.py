"""`parse`: a source file to its tree and what is wrong with its text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from mldsl.diagnostics.model import Diagnostic
from mldsl.records import record
from mldsl.source import SourceFile, Span
from mldsl.syntax import tree
from mldsl.syntax.engine import Engine
from mldsl.syntax.layout import lay_out, nesting
from mldsl.syntax.lexer import Lexer
from mldsl.syntax.lowering import declarations, expressions, statements
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.table import Table, load_table
from mldsl.syntax.tokens import MAX_DEPTH, MAX_ERRORS, Token

_ACTIONS = expressions.ACTIONS | statements.ACTIONS | declarations.ACTIONS


@record
class ParseResult:
    """The tree of what could be read, and a diagnostic for what could not."""

    module: tree.Module
    diagnostics: tuple[Diagnostic, ...]


@cache
def _tables() -> tuple[Table, Lexer]:
    table = load_table()
    return table, Lexer(table)


@record
class Reading:
    """A parse with the tokens that it was made from, for those who look at the text itself."""

    result: ParseResult
    tokens: list[Token]


def parse(file: SourceFile) -> ParseResult:
    """Read a file's text. Never raises for bad text: what cannot be read is left out of the tree and reported."""
    return read(file).result


def read(file: SourceFile) -> Reading:
    """As `parse`, with the tokens (without comments; after a syntax error as the parser mended them)."""
    table, lexer = _tables()
    context = Context(file)
    if (nul := file.text.find("\0")) >= 0:
        message = "a NUL byte: this is no text, or not one in UTF-8"
        wrong = Diagnostic("ML001", message, Span(file, nul, nul + 1))
        return Reading(ParseResult(tree.Module(file, (), ()), (wrong,)), [])
    raw = lexer.tokens(context)
    if len(context.diagnostics.items) > MAX_ERRORS:
        return Reading(ParseResult(tree.Module(file, (), ()), tuple(context.diagnostics)), [])
    layout = lay_out(file, _balanced(raw, context))
    context.comments = layout.comments
    declared = Engine(table, _ACTIONS, context, layout.tokens).run(_recovery(len(context.diagnostics.items)))
    module = tree.Module(file, declared, layout.comments, frozenset(context.unread), tuple(context.gaps))
    found = tuple(sorted(context.diagnostics, key=lambda diagnostic: diagnostic.span.start))
    return Reading(ParseResult(module, found), layout.tokens)


def tokens(file: SourceFile) -> list[Token]:
    """The tokens of a part of a program that could be read: no line ends, no comments."""
    _, lexer = _tables()
    return [token for token in lexer.tokens(Context(file)) if token.type not in ("NEWLINE", "COMMENT")]


def words(file: SourceFile, end: int) -> list[Token] | None:
    """The tokens before the offset `end`, whatever is wrong behind it; None in a comment.

    Line ends count as in a program; comments are left out. For editors, which ask what may stand at a place.
    """
    context = Context(SourceFile(file.path, file.text[:end]))
    _, lexer = _tables()
    raw = lexer.tokens(context)
    if raw and raw[-1].type == "COMMENT" and raw[-1].end == end:
        return None
    # A name at the end makes the line before it count as ended, or as going on.
    return lay_out(context.file, [*raw, Token("NAME", "", end, end)]).tokens[:-2]


def _balanced(raw: list[Token], context: Context) -> list[Token]:
    deepest, balanced = nesting(raw)
    if balanced and deepest <= MAX_DEPTH:
        return raw
    from mldsl.syntax.recovery.brackets import balance

    return balance(raw, context)


def _recovery(errors: int) -> Callable[[Engine], None]:
    """What mends errors, of which there were some already; programs without any need not import it."""
    made: list[Callable[[Engine], None]] = []

    def recover(engine: Engine) -> None:
        if not made:
            from mldsl.syntax.recovery.mend import Recovery

            made.append(Recovery(errors))
        made[0](engine)

    return recover
