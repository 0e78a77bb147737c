"""ML104: a check that refers to a table which is made only after that check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mldsl.analysis.dependencies import dependencies
from mldsl.analysis.rules.subject import Subject
from mldsl.analysis.scope import Named
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.syntax import tree
from mldsl.syntax.walk import nodes


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One for each `references` that closes a circle: readers of a table wait for its checks, and so for this one."""
    checks = [item for item in subject.declarations if isinstance(item, tree.Check)]
    scope = subject.context.scope  # has the first of two that are called alike
    makers = {item.name.text: item for item in scope.of_kind(tree.Transform, tree.Split)}
    references = {id(check): [node for node in nodes(check) if isinstance(node, tree.References)] for check in checks}
    for check in checks:
        name = _name(check.table)
        for reference in references[id(check)]:
            target = _name(reference.target, 1)
            if target != name and name in _checked_before(target, makers, checks, references):
                yield Diagnostic(
                    "ML104",
                    f"the check of `{name}` refers to `{target}`, which is made only after the checks of `{name}`",
                    reference.target.span,
                    labels=(Label(makers[_maker(target)].name.span, f"`{target}` is made here"),),
                    help=f"refer to a table that `{target}` is made from, or check `{target}` instead",
                )


def _checked_before(
    table: str,
    makers: Mapping[str, Named],
    checks: list[tree.Check],
    references: Mapping[int, list[tree.References]],
) -> set[str]:
    """The tables whose checks must be done before `table` can be made, through checks that refer to further tables."""
    found: set[str] = set()
    seen, waiting = {table}, [table]
    while waiting:
        maker = makers.get(_maker(waiting.pop()))
        needs = dependencies(maker) if maker is not None else ()
        read = {_name(place) if isinstance(place, tree.Ref) else name for name, place in needs}
        found |= read
        meant = {
            _name(item.target, 1) for check in checks if _name(check.table) in read for item in references[id(check)]
        }
        new = (read | meant) - seen
        seen |= new
        waiting.extend(new)
    return found


def _name(ref: tree.Ref, less: int = 0) -> str:
    """A table's whole name, `data.train` for a part of a split; `less` parts (a column) are left off the end."""
    return ".".join(part.text for part in ref.parts[: len(ref.parts) - less])


def _maker(table: str) -> str:
    """The declaration that makes a table: `data` for `data.train`."""
    return table.partition(".")[0]
