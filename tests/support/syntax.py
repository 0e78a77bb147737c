"""Short ways to parse and to look at trees, for the tests of the syntax."""

from __future__ import annotations

from pathlib import Path

from mldsl.source import SourceFile
from mldsl.syntax import tree
from mldsl.syntax.parser import ParseResult, parse

LANGUAGE = (Path(__file__).parent.parent / "syntax" / "programs" / "language.ml").read_text(encoding="utf-8")
"""The whole pipeline that the language's description begins with."""


def parsed(text: str) -> ParseResult:
    return parse(SourceFile("test.ml", text))


def module(text: str) -> tree.Module:
    """The tree of a program without mistakes."""
    result = parsed(text)
    assert result.diagnostics == (), [(d.code, d.message, d.span.location) for d in result.diagnostics]
    return result.module


def only(text: str) -> tree.Declaration:
    (declaration,) = module(text).declarations
    return declaration


def verbs(*lines: str) -> tuple[tree.Verb, ...]:
    body = "\n".join(lines)
    declared = only("transform t = s {\n" + body + "\n}")
    assert isinstance(declared, tree.Transform)
    return declared.verbs


def expression(text: str) -> tree.Expr:
    (verb,) = verbs(f"filter {text}")
    assert isinstance(verb, tree.Filter)
    return verb.condition


def option(text: str, block: str = "split s = t") -> tree.Option:
    declared = only(f"{block} {{ {text} }}")
    assert isinstance(declared, tree.Split)
    (found,) = declared.options
    return found


def problems(text: str) -> list[tuple[str, int, int]]:
    """Code, line and column of every diagnostic."""
    return [(d.code, *d.span.file.position(d.span.start)) for d in parsed(text).diagnostics]


def shape(node: object) -> str:
    """An expression with every bracket written out."""
    match node:
        case tree.Ref(parts=parts):
            return ".".join(part.text for part in parts)
        case tree.Literal(value=value):
            return repr(value) if isinstance(value, str) else str(value)
        case tree.Binary(op=op, left=left, right=right):
            return f"({shape(left)} {op} {shape(right)})"
        case tree.Unary(op=op, operand=operand):
            return f"({op} {shape(operand)})"
        case tree.Conditional(condition=condition, then=then, otherwise=otherwise):
            return f"(if {shape(condition)} then {shape(then)} else {shape(otherwise)})"
        case tree.Between(operand=operand, low=low, high=high):
            return f"({shape(operand)} between {shape(low)} and {shape(high)})"
        case tree.InList(operand=operand, items=items, negated=negated):
            word = "not in" if negated else "in"
            return f"({shape(operand)} {word} [{', '.join(map(shape, items))}])"
        case tree.IsNull(operand=operand, negated=negated):
            return f"({shape(operand)} is {'not ' if negated else ''}null)"
        case tree.References(operand=operand, target=target):
            return f"({shape(operand)} references {shape(target)})"
        case tree.Call(function=function, arguments=arguments):
            return f"{function.text}({', '.join(map(shape, arguments))})"
        case tree.Argument(name=name, value=value):
            return f"{name.text}: {shape(value)}" if name else shape(value)
        case tree.Over(call=call, partition=partition, order=order, rows=rows):
            keys = [shape(key.column) + (" desc" if key.descending else "") for key in order]
            return f"{shape(call)} over [{[shape(p) for p in partition]} {keys} {shape(rows) if rows else None}]"
        case tree.OverPeriod(operand=operand, period=period):
            return f"({shape(operand)} over {shape(period)})"
        case tree.Range(low=low, high=high, log=log):
            return f"{shape(low)}..{shape(high)}{' log' if log else ''}"
        case tree.Selector(group=group, excluded=excluded):
            return f"<{group}{' - ' + ' '.join(n.text for n in excluded) if excluded else ''}>"
        case tree.Pipe(steps=steps):
            return " | ".join(map(shape, steps))
        case _:
            raise AssertionError(f"no shape for {node!r}")
