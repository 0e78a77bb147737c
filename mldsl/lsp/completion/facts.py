"""What is known at a place: the tables, models and columns of the program, and the columns that the statement sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.program import ModelDecl, SourceDecl, SplitDecl, TransformDecl
from mldsl.analysis.scope import Named
from mldsl.analysis.typed import Schema
from mldsl.catalog.tasks import Task
from mldsl.lsp.completion.place import DECLARATIONS, Place
from mldsl.lsp.documents import Document
from mldsl.lsp.positions import Lines
from mldsl.lsp.snapshot import Snapshot, take
from mldsl.lsp.workspace import Workspace
from mldsl.records import record
from mldsl.source import SourceFile
from mldsl.syntax import tree
from mldsl.syntax.tokens import Token

_EMPTY = Schema(())
_NEXT = re.compile(rf"^(?:{'|'.join(sorted(DECLARATIONS))})\b", re.MULTILINE)


@record
class Facts:
    """`snapshot` is the program around the cursor, made from the version `file` of the file; `text` is its text now."""

    snapshot: Snapshot
    file: SourceFile
    text: str

    @property
    def context(self) -> Context:
        """What the analysis found out."""
        return self.snapshot.context

    def pipelines(self) -> Iterator[str]:
        """The pipeline's name; more of them where there is a mistake."""
        return (item.name.text for item in self.snapshot.declarations if isinstance(item, tree.Pipeline))

    def names(self, *kinds: type) -> Iterator[Named]:
        """The declarations of these kinds."""
        return self.context.scope.of_kind(*kinds)

    def tables(self, parts: bool = True) -> Iterator[tuple[str, Schema]]:
        """The tables by name; of a split its parts, unless those are not wanted."""
        for name, item in self.context.resolved.items():
            match item:
                case SourceDecl() | TransformDecl():
                    yield name, item.schema
                case SplitDecl() if parts:
                    yield from ((f"{name}.{part}", item.schema) for part in item.shares)

    def schema(self, name: str) -> Schema:
        """The columns of a table, a part or a split; none for what is not known."""
        found = self.context.resolved.get(name.partition(".")[0])
        return found.schema if isinstance(found, (SourceDecl, TransformDecl, SplitDecl)) else _EMPTY

    def model(self, name: str) -> ModelDecl | None:
        """The model of that name."""
        found = self.context.resolved.get(name)
        return found if isinstance(found, ModelDecl) else None

    def task(self, head: Sequence[str]) -> Task | None:
        """The task of the model that a block belongs to: `model m = …`, `evaluate m on …`, `deploy d = m …`."""
        match head:
            case ["model", name, *_] | ["evaluate", name, *_] | ["deploy", _, "=", name, *_]:
                model = self.model(name.strip("`"))
                return model.task if model is not None else _task_of_words(head)
            case _:
                return None

    def before(self, name: str, offset: int, base: str) -> Schema:
        """The columns that a verb at `offset` of the transform `name` sees; those of its table where that is new."""
        declaration = self.context.scope.names.get(name)
        if not isinstance(declaration, tree.Transform) or declaration.span.file is not self.file:
            return self.schema(base)
        for verb in declaration.verbs:
            if verb.span.end > offset or verb.span.start >= offset:
                return self.snapshot.trace.seen.get(verb.span, _EMPTY)
        return self.schema(name)


def facts_at(workspace: Workspace, document: Document, place: Place) -> Facts:
    """What is known at a place, from an earlier version of the file where that is the same before the statement.

    Where the block around the place could not be read, the file is analysed without the statement.
    """
    text = document.file.text
    recent = workspace.recent(document, place.first)
    if recent is None:
        recent = workspace.snapshot(workspace.roots(document)[0]), document.file
    snapshot, file = recent
    if place.blocks and not _is_read(snapshot, file, texts(place.blocks[0])):
        file = SourceFile(document.file.path, _without(text, place))
        snapshot = take(Document(document.uri, file, Lines("")), workspace.document, workspace.load)
    return Facts(snapshot, file, text)


def texts(tokens: Iterable[Token]) -> list[str]:
    """The words' texts."""
    return [token.text for token in tokens]


def dotted(words: Sequence[str]) -> str:
    """The dotted name that `words` begin with."""
    found = list(words[:1])
    at = 1
    while at + 1 < len(words) and words[at] == ".":
        found.append(words[at + 1])
        at += 2
    return ".".join(item.strip("`") for item in found)


def _is_read(snapshot: Snapshot, file: SourceFile, head: list[str]) -> bool:
    """Whether the declaration with this head is in the tree."""
    name = head[1].strip("`") if len(head) > 1 else ""
    if not head or head[0] not in ("source", "transform", "split", "model", "deploy", "monitor"):
        return True
    found = snapshot.context.scope.names.get(name)
    return found is not None and found.span.file is file


def _without(text: str, place: Place) -> str:
    """The text with its open blocks closed before the statement, going on at the next declaration."""
    following = _NEXT.search(text, place.end)
    rest = text[following.start() :] if following is not None else ""
    return text[: place.first] + "\n" + "}\n" * len(place.blocks) + rest


def _task_of_words(head: Sequence[str]) -> Task | None:
    if "cluster" in head:
        return "cluster"
    return "anomaly" if "detect" in head else None
