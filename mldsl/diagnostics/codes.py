"""The table of diagnostic codes: severity and title. The explanations live in `docs/diagnostics/`, a page a code."""

from __future__ import annotations

from enum import Enum

from mldsl.records import record


class Severity(Enum):
    """How bad it is: an error stops the program (exit status 1), a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@record
class Code:
    """One row: what every diagnostic with this code has in common. `title` is the headline of the code's page."""

    code: str
    severity: Severity
    title: str


_E, _W = Severity.ERROR, Severity.WARNING

_ROWS: tuple[tuple[str, Severity, str], ...] = (
    # Syntax
    ("ML001", _E, "something unexpected in the text"),
    ("ML002", _E, "a string or a bracket is never closed"),
    ("ML003", _E, "a literal that cannot be read"),
    ("ML004", _E, "an unknown declaration or statement"),
    # Names and options
    ("ML101", _E, "an unknown name"),
    ("ML102", _E, "declared twice"),
    ("ML103", _E, "the wrong kind of thing"),
    ("ML104", _E, "declarations that depend on each other in a circle"),
    ("ML105", _E, "an import that cannot be read"),
    ("ML106", _E, "an unknown option"),
    ("ML107", _E, "something required is missing"),
    ("ML108", _E, "an option given twice"),
    ("ML109", _W, "declared and never used"),
    ("ML110", _E, "no pipeline, or more than one"),
    ("ML111", _E, "an option's value does not fit"),
    # Types and schemas
    ("ML201", _E, "an unknown column"),
    ("ML202", _E, "the wrong type"),
    ("ML203", _E, "an unknown function"),
    ("ML204", _E, "the wrong arguments"),
    ("ML205", _E, "an aggregate and rows mixed up"),
    ("ML206", _E, "two columns of one name"),
    ("ML207", _E, "a join that cannot be made"),
    ("ML208", _E, "a condition that is not a bool"),
    ("ML209", _E, "a value that the enum does not have"),
    ("ML210", _E, "a union of tables that differ"),
    ("ML211", _W, "a condition that is always the same"),
    ("ML212", _E, "data that does not fit its schema"),
    ("ML213", _E, "a python or sql step that returns something else than its schema says"),
    # Leakage
    ("ML301", _E, "a feature computed from the target"),
    ("ML302", _E, "a column computed across training and test rows"),
    ("ML303", _E, "fitted on rows that judge it"),
    ("ML304", _E, "evaluated on rows it was fitted on"),
    ("ML305", _E, "one entity on both sides of a split"),
    ("ML306", _W, "a random split of a table with time"),
    ("ML307", _E, "a look into the future"),
    ("ML308", _W, "an identifier used as a feature"),
    ("ML309", _W, "one test part judges many models"),
    ("ML310", _E, "equal rows on both sides of a split"),
    ("ML311", _W, "a sensitive column used as a feature"),
    ("ML312", _E, "rows duplicated before the split"),
    ("ML313", _E, "a model fitted on another's predictions of its own training rows"),
    ("ML314", _W, "one feature gives the target away"),
    ("ML315", _E, "a feature that is known only afterwards"),
    ("ML316", _W, "a python step with an unknown effect on rows"),
    # Models
    ("ML401", _E, "an unknown algorithm"),
    ("ML402", _E, "an unknown parameter of an algorithm"),
    ("ML403", _E, "a parameter's value that is not allowed"),
    ("ML404", _E, "an algorithm for another task"),
    ("ML405", _E, "a metric that is unknown or does not fit"),
    ("ML406", _E, "a prepare step that does not fit the column"),
    ("ML407", _E, "a range with nothing that searches it"),
    ("ML408", _W, "a search with nothing to search"),
    ("ML409", _E, "missing values that the algorithm cannot take"),
    ("ML410", _W, "accuracy asked of an unbalanced target"),
    # Policies
    ("ML501", _W, "deployed without its evaluation"),
    ("ML502", _W, "too few test rows for the confidence asked"),
    ("ML503", _E, "a rollout that does not rise to everyone"),
    ("ML504", _E, "a condition on what is not known there"),
    ("ML505", _E, "a condition that cannot be met"),
    ("ML506", _E, "a feature that a request cannot give"),
    ("ML507", _E, "a batch table that lacks what the model needs"),
    ("ML508", _E, "a metric in production without labels"),
    # Backends
    ("ML601", _E, "something the target cannot do"),
    ("ML602", _E, "a local path for workers elsewhere"),
    ("ML603", _E, "a credential in the file"),
    ("ML604", _E, "a python file that cannot be packaged"),
    # Hygiene
    ("ML701", _W, "a source that no check looks at"),
    ("ML702", _W, "an absolute path"),
    ("ML703", _W, "a column read and never used"),
)

CODES: dict[str, Code] = {code: Code(code, severity, title) for code, severity, title in _ROWS}
"""Every code, in order."""
