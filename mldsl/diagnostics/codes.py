"""The table of diagnostic codes: severity and title. The explanations live in `docs/diagnostics/`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad it is: an error stops the program (exit status 1), a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """One row: what every diagnostic with this code has in common."""

    code: str
    severity: Severity
    title: str


_E, _W = Severity.ERROR, Severity.WARNING

_ROWS: tuple[tuple[str, Severity, str], ...] = (
    # Syntax
    ("ML001", _E, "unexpected word or sign; what could stand there, in plain words"),
    ("ML002", _E, "a string, block or bracket is never closed"),
    ("ML003", _E, "a malformed literal"),
    ("ML004", _E, "unknown declaration or statement"),
    # Names and options
    ("ML101", _E, "unknown name (did you mean): a declaration, part, type, role, connector, prepare step, report"),
    ("ML102", _E, "declared twice"),
    ("ML103", _E, "the wrong kind of thing: a model where a table is wanted"),
    ("ML104", _E, "declarations depend on each other in a circle"),
    ("ML105", _E, "an import cannot be read, or files import each other in a circle"),
    ("ML106", _E, "unknown option"),
    ("ML107", _E, "a required option or part is missing"),
    ("ML108", _E, "an option given twice"),
    ("ML109", _W, "declared in this file and never used"),
    ("ML110", _E, "no `pipeline` declaration (at line 1), or more than one"),
    ("ML111", _E, "an option's value is of the wrong kind or out of its range"),
    # Types and schemas
    ("ML201", _E, "unknown column, or any unknown bare name where columns are in scope"),
    ("ML202", _E, "an operator, function or place gets the wrong type"),
    ("ML203", _E, "unknown function"),
    ("ML204", _E, "wrong number of arguments, or an unknown named one"),
    ("ML205", _E, "an aggregate where rows are wanted, or a bare column where an aggregate is"),
    ("ML206", _E, "a column name would be there twice"),
    ("ML207", _E, "join keys of different types, or a join condition that is not an equality"),
    ("ML208", _E, "a condition that is not a bool"),
    ("ML209", _E, "a value that the enum does not have"),
    ("ML210", _E, "the two sides of a union differ"),
    ("ML211", _W, "a condition that is always true, always false or always null"),
    ("ML212", _E, "the data does not fit the declared schema"),
    ("ML213", _E, "a `python` or `sql` step returns what its schema does not say"),
    # Leakage
    ("ML301", _E, "a feature is computed from the target of the same row (a lag or a window over strictly earlier rows is fine under `time:`), or the target is a function of columns of the same row that are all still features"),
    ("ML302", _E, "a column computed across rows (aggregate joined back, window, rank; plain `distinct` over whole rows is fine) before the split mixes training and test rows; what is bounded by the row's time under a `time:` split, or stays within the split's `group` or the row's own key, is fine. A target made across rows counts as well"),
    ("ML303", _E, "fitted (trained, tuned, clustered, stacked) on a test part, a table made with one, or the whole table that the judging split was cut from"),
    ("ML304", _E, "a model is evaluated on rows that it, or a model it builds on, was fitted on; rows that two splits share are this"),
    ("ML305", _E, "rows of one entity may land on both sides: the table has, or had before a drop, an `entity` column, or a join or a union repeats its `key`, and the split has neither `group:` on it nor `time:`"),
    ("ML306", _W, "the table has a `time` column and the split is random"),
    ("ML307", _E, "a row looks into its own future: `lead` (by the real direction: `lag … desc` looks ahead), a window over later rows, an aggregate with no bound in time where both tables have a `time` column (a constant or a parameter is a bound), an `asof` the wrong way round. A `lead` that only makes the target is fine: the `time:` split leaves out the training rows whose target reaches into a later part"),
    ("ML308", _W, "an identifier is used as a feature"),
    ("ML309", _W, "one test part judges more models than its budget (`budget: n` on the split; 1 by default): best-of-n on the test rows is not a test"),
    ("ML310", _E, "equal rows on both sides of a split"),
    ("ML311", _W, "a `sensitive` column, or a column derived from one, is a feature"),
    ("ML312", _E, "rows are duplicated before the split"),
    ("ML313", _E, "predictions of a model on its own training rows are what another model is fitted on"),
    ("ML314", _W, "one feature alone predicts the target almost perfectly"),
    ("ML315", _E, "a feature is, or is computed from, an `after` column: it is not known when the model serves"),
    ("ML316", _W, "a `python` step before the split whose effect on rows is not declared"),
    # Models
    ("ML401", _E, "unknown algorithm"),
    ("ML402", _E, "unknown parameter"),
    ("ML403", _E, "a parameter's value or range is not allowed"),
    ("ML404", _E, "the algorithm does not do this task"),
    ("ML405", _E, "unknown metric, or one that does not fit the task or needs probabilities the model does not give"),
    ("ML406", _E, "a prepare step does not fit the column's type"),
    ("ML407", _E, "a range without `tune`"),
    ("ML408", _W, "`tune` with nothing to tune"),
    ("ML409", _E, "missing values reach an algorithm that cannot take them"),
    ("ML410", _W, "accuracy asked of a badly unbalanced target"),
    # Policies
    ("ML501", _W, "deployed with no `require evaluation`"),
    ("ML502", _W, "the test part is too small for the confidence asked"),
    ("ML503", _E, "rollout shares that do not rise, or do not end at 100%"),
    ("ML504", _E, "a condition mentions what is not known at that point"),
    ("ML505", _E, "contradictory or unreachable conditions"),
    ("ML506", _E, "the endpoint cannot compute a feature from a request"),
    ("ML507", _E, "a batch table lacks a column that the model needs, or has it with another type"),
    ("ML508", _E, "a label metric in `monitor` without a source of labels"),
    # Backends
    ("ML601", _E, "the target cannot do what this line asks"),
    ("ML602", _E, "an artifact store or source on this machine's disk, for a target whose workers are elsewhere"),
    ("ML603", _E, "a credential is written in the file (a password in a URL, a token): use `secret('…')`"),
    ("ML604", _E, "a `python` file cannot be packaged for the target"),
    # Hygiene
    ("ML701", _W, "a source that no check looks at"),
    ("ML702", _W, "an absolute path"),
    ("ML703", _W, "a column is read and never used"),
)

CODES: dict[str, Code] = {code: Code(code, severity, title) for code, severity, title in _ROWS}
