"""Declarations by name, over all files of a program: who is called what, and who is ever called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mldsl.diagnostics.model import Diagnostic, DiagnosticBag, Label
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.source import Span
from mldsl.syntax import tree

Named = tree.Param | tree.Source | tree.Transform | tree.Split | tree.Model | tree.Deploy | tree.Monitor

# What people call each kind of declaration, with its article.
KIND_WORDS: dict[type, str] = {
    tree.Param: "a parameter",
    tree.Source: "a source",
    tree.Transform: "a transform",
    tree.Split: "a split",
    tree.Model: "a model",
    tree.Deploy: "a deployment",
    tree.Monitor: "a monitor",
}
TABLES: tuple[type, ...] = (tree.Source, tree.Transform, tree.Split)
PARTS = ("train", "validation", "test")


@dataclass(slots=True)
class Scope:
    """The named declarations of a program; of two with one name the first counts.

    `lost` are names of declarations that could not be read; `complete` is false when a whole file could not be read.
    What they hide is not reported again.
    """

    names: dict[str, Named] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    complete: bool = True

    def of_kind(self, *kinds: type) -> Iterator[Named]:
        """The declarations of these kinds, in order."""
        return (found for found in self.names.values() if isinstance(found, kinds))

    def find(self, name: tree.Name, kinds: tuple[type, ...], wanted: str, bag: DiagnosticBag) -> Named | None:
        """The declaration that `name` stands for, marked as used; None after a report.

        `wanted` says what the place wants, with an article: "a table". None at all is ML101, another kind ML103.
        """
        found = self.names.get(name.text)
        if found is None:
            if not self.hides(name.text):
                bag.add(self._unknown(name, kinds, wanted))
            return None
        self.used.add(name.text)
        if not isinstance(found, kinds):
            message = f"`{name.text}` is {KIND_WORDS[type(found)]}, but {wanted} is wanted here"
            declared = Label(found.name.span, "declared here")
            bag.add(Diagnostic("ML103", message, name.span, labels=(declared,), help=self._others(kinds, wanted)))
            return None
        return found

    def hides(self, name: str) -> bool:
        """Whether a declaration of that name may have been lost to a mistake reported elsewhere."""
        return name in self.lost or not self.complete

    def unused(self) -> Iterator[Named]:
        """The declarations that nothing has referred to so far, in order."""
        return (found for name, found in self.names.items() if name not in self.used)

    def _unknown(self, name: tree.Name, kinds: tuple[type, ...], wanted: str) -> Diagnostic:
        near = did_you_mean(name.text, [found.name.text for found in self.of_kind(*kinds)])
        message = f"no {wanted.split(' ', 1)[1]} is called `{name.text}`"
        return Diagnostic("ML101", message, name.span, help=near or self._others(kinds, wanted))

    def _others(self, kinds: tuple[type, ...], wanted: str) -> str | None:
        names = [f"`{found.name.text}`" for found in self.of_kind(*kinds)]
        if not names or len(names) > 8:
            return None
        return f"{wanted.split(' ', 1)[1]}s here: {', '.join(names)}"


def build_scope(declarations: Iterable[tree.Declaration], bag: DiagnosticBag) -> Scope:
    """The names that `declarations` (of all files, imported ones first) introduce; a name declared twice is ML102.

    Params, sources, transforms, splits, models, deployments and monitors share one space of names.
    """
    scope = Scope()
    for declaration in declarations:
        if not isinstance(declaration, Named):
            continue
        name = declaration.name
        first = scope.names.setdefault(name.text, declaration)
        if first is not declaration:
            bag.add(declared_twice(f"`{name.text}`", name.span, first.name.span))
    return scope


def declared_twice(what: str, second: Span, first: Span) -> Diagnostic:
    """ML102 for anything that has been declared before."""
    return Diagnostic("ML102", f"{what} is declared twice", second, labels=(Label(first, "first declared here"),))
