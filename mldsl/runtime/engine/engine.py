"""What computes tables: the protocol that every engine follows, and which engines there are.

An engine lives for one step. Its tables are values that it alone understands: lazy queries, of which nothing is
computed before they are written, collected or asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from mldsl.plan.expressions import Expression
from mldsl.plan.nodes import Columns, Verb
from mldsl.records import record

if TYPE_CHECKING:
    import polars as pl

    from mldsl.runtime.models.storage import FittedModel
    from mldsl.runtime.store import Stored

T = TypeVar("T")

# Where each engine is; imported when a step needs it.
ENGINES: Mapping[str, str] = {
    "polars": "mldsl.runtime.engine.polars.engine:PolarsEngine",
    "duckdb": "mldsl.runtime.engine.duckdb.engine:DuckDBEngine",
}
DEFAULT = "polars"
# The most failing rows that an answer shows.
SAMPLES = 5


@record
class Inputs(Generic[T]):
    """What verbs and conditions reach for beside their table: other tables and models, by name."""

    table: Callable[[str], T]
    model: Callable[[str], FittedModel]


@record
class Question:
    """A condition of a check. `of_rows`: it holds row by row (or is `unique`), and failing rows show `shown`."""

    condition: Expression
    of_rows: bool
    shown: Sequence[str] = ()


@record
class Answer:
    """What a question came to.

    Of rows: `judged` are those whose condition is not null, `failing` those where it is false, `samples` the first of
    these, as the row's number from 1 and the columns to show. Of the table: whether it `holds` (null does not), and
    the `value` of the left side of a comparison; `has_value` says that there is one.
    """

    judged: int | None = None
    failing: int = 0
    samples: tuple[tuple[int, dict[str, Any]], ...] = ()
    holds: bool = False
    value: Any = None
    has_value: bool = False


@record
class Answers(Generic[T]):
    """The answers over `rows` rows, in the questions' order.

    `parted` takes the indices of questions of rows and gives the rows in which none of them fails, and the others.
    """

    rows: int
    answers: Sequence[Answer]
    parted: Callable[[Sequence[int]], tuple[T, T]]


@record
class Packed:
    """A small table: the bytes of its Parquet file, and what they hold."""

    data: bytes
    frame: pl.DataFrame


@record
class Room:
    """What an engine may use: the parameters' values, and a directory, made when it is asked for.

    The directory is for what memory does not hold; it is removed after the step.
    """

    params: Mapping[str, object]
    scratch: Callable[[], Path]


class Engine(Protocol[T]):
    """Computes tables. Values that an operation does not allow are a StepFailed that names the first rows."""

    name: str

    def scan(self, path: Path, stored: Stored | None = None) -> T:
        """A table in a file, which `stored` says more about; nothing is read yet, unless it is small."""

    def fits(self, paths: Sequence[Path], columns: Columns) -> int | None:
        """The number of rows of Parquet files of a user's; None where a value does not fit the schema.

        Also None where `read` gives nothing.
        """

    def read(self, paths: Sequence[Path], columns: Columns) -> T | None:
        """These files' rows as the schema has them, if all values fit; nothing is read yet.

        None where a conversion costs more than to read a copy would.
        """

    def adopt(self, frame: pl.LazyFrame) -> T:
        """A table that Polars has or can compute."""

    def apply(self, table: T, verbs: Sequence[Verb], inputs: Inputs[T], follow: Sequence[Verb] = ()) -> T:
        """The verbs one after the other.

        `follow` are those that the result will be given to next, and nothing else: what they do not need, such as an
        order of rows, may be left out.
        """

    def finish(self, table: T, columns: Columns) -> T:
        """Exactly these columns, in their order and types. Raises StepFailed (ML213) where one is missing."""

    def write(self, table: T, path: Path) -> int:
        """Compute the table into a Parquet file; its number of rows."""

    def packed(self, table: T) -> Packed | None:
        """Compute the table into the bytes of a Parquet file; None where that is not worth while: it may be large.

        Which of the two it is depends on the content that it is computed from, and on nothing else.
        """

    def collect(self, table: T) -> pl.DataFrame:
        """Compute the table into memory, for what needs all of it there."""

    def ask(self, table: T, questions: Sequence[Question], inputs: Inputs[T]) -> Answers[T]:
        """All questions in one pass over the table."""

    def close(self) -> None:
        """Give back what the engine holds."""


def open_engine(name: str, room: Room) -> Engine[Any]:
    """The engine of that name. Raises StepFailed where it is not installed.

    A backend says beforehand what it leaves out: an engine that is not here is the default one, which gives the same.
    """
    module, factory = ENGINES.get(name, ENGINES[DEFAULT]).split(":")
    engine: Engine[Any] = getattr(import_module(module), factory)(room)
    return engine
