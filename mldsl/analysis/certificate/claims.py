"""What the rules on leakage prove of one model or one evaluation: each is asked again, about it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mldsl.analysis.certificate.model import Claim
from mldsl.analysis.certificate.words import quoted, split_words
from mldsl.analysis.flow.evidence import Evidence, Judgement
from mldsl.analysis.program import ModelDecl, SplitDecl
from mldsl.analysis.reach.hide import carried
from mldsl.analysis.rules import (
    across_rows,
    computed_from_target,
    duplicated_rows,
    fitted_on_test,
    future_rows,
    identifier_features,
    judged_on_training,
    known_afterwards,
    random_with_time,
    scattered_entities,
    sensitive_features,
    stacked_predictions,
    test_budget,
    undeclared_python,
)
from mldsl.analysis.rules.leak import Leak
from mldsl.records import record

Rule = Callable[[Evidence], Iterator[Leak]]


@record
class Case:
    """A model, and the split that its training rows are a part of (None: there is none)."""

    model: ModelDecl
    split: SplitDecl | None
    evidence: Evidence

    @property
    def name(self) -> str:
        """The model's name, in backticks."""
        return f"`{self.model.name}`"

    @property
    def features(self) -> str:
        """All that it reads, in words."""
        return f"no feature of {self.name} ({quoted(item.name for item in self.model.features)})"

    def with_role(self, role: str) -> str:
        """The columns that sources declare with a role, in words."""
        sources = self.evidence.program.sources.values()
        found = [f"{source.name}.{column.name}" for source in sources for column in source.schema.with_role(role)]
        return quoted(found) or "none is declared"


class Alone(Evidence):
    """A program's evidence, so far as it is about one model and its splits; `about` is one evaluation of it."""

    def __init__(self, whole: Evidence, model: ModelDecl, about: Judgement | None = None) -> None:
        super().__init__(whole.program, list(whole.trees.values()))
        self.flow = whole.flow
        self._whole = whole
        self._model = model
        self._about = about

    def models(self) -> Iterator[ModelDecl]:
        """The model."""
        yield self._model

    def splits(self) -> Iterator[SplitDecl]:
        """The splits that its training rows lie in one part of."""
        yield from self.splits_of(self._model)

    def judgements(self) -> Iterator[Judgement]:
        """The evaluation, or all of the program: what judges others may use the same test part."""
        yield from self._whole.judgements() if self._about is None else (self._about,)


def claims_about(case: Case) -> Iterator[Claim]:
    """One for each rule that applies to a model, in the order of their codes."""
    alone = Alone(case.evidence, case.model)
    for code, rule, sentence in _OF_MODELS:
        said = sentence(case)
        if said is not None:
            yield _claim(code, rule, said, alone)


def claims_on(judgement: Judgement, evidence: Evidence) -> Iterator[Claim]:
    """What is proved of an evaluation; nothing of an algorithm that labels only the rows that it was fitted on."""
    model = judgement.model
    if judged_on_training.predicts(model):
        others = evidence.builds_on(model)
        fitted = quoted(item.name for item in (model, *others))
        was = "were" if others else "was"
        said = f"`{model.name}` is evaluated on `{judgement.decl.table}`, on no row of which {fitted} {was} fitted"
        yield _claim("ML304", judged_on_training.look, said, Alone(evidence, model, judgement))


def _claim(code: str, rule: Rule, sentence: str, evidence: Evidence) -> Claim:
    leaks: Sequence[Leak] = list(rule(evidence))
    if leaks:
        return Claim(code, "found", "; ".join(dict.fromkeys(item.diagnostic.message for item in leaks)))
    return Claim(code, "proved", sentence)


# --- the sentences; None where a rule does not apply -----------------------------------------------------------------


def _target(case: Case) -> str | None:
    target = case.model.target
    if target is None:
        return None
    own = f"the target `{target.name}` of its own row"
    return f"{case.features} is computed from {own}, nor do the features together give it away"


def _across(case: Case) -> str | None:
    """By time, earlier rows may be read, and a target may be made of later ones: the split leaves such rows out."""
    split = case.split
    if split is None:
        return None
    apart = f"computed across rows of several parts of the split {split_words(split)}"
    choice = "nor is what decides which rows there are"
    if split.time is not None:
        said = f"{case.features} is {apart}, {choice}, but of rows that are no later than its own"
        return said + _reach(case, split)
    target = f" and not the target `{case.model.target.name}`" if case.model.target is not None else ""
    return f"{case.features}{target} is {apart}, {choice}"


def _reach(case: Case, split: SplitDecl) -> str:
    """What the split leaves out, where the target is made of later rows."""
    target = case.model.target
    if target is None or not carried(case.evidence.program, case.evidence.flow, case.model, split).names:
        return ""
    left_out = "rows whose target is made of rows of a later part are in no part, nor in a fold that later rows judge"
    return f"; the target `{target.name}` is made of later rows: {left_out}"


def _fitted(case: Case) -> str:
    split = case.split
    test = f"`{split.name}.test`" if split is not None and "test" in split.shares else "a part that judges it"
    return f"{case.name} is fitted on `{case.model.table}`, and no row of it is in {test}"


def _entities(case: Case) -> str | None:
    split = case.split
    if split is None:
        return None
    if split.time is not None:
        return f"the split {split_words(split)} keeps the past from the future, whatever its rows are about"
    table = case.evidence.flow.table(split.table)
    names = sorted({node.name for node in table.entities | table.key})
    if not names:
        return f"no key and no entity is declared whose rows the split {split_words(split)} could part"
    return f"rows of one {quoted(names)} are in one part of the split {split_words(split)}"


def _random(case: Case) -> str | None:
    split = case.split
    if split is None or (split.time is None and split.random):
        return None
    if split.time is not None:
        return f"the split {split_words(split)} is not random in time"
    return f"the split {split_words(split)} is of rows without a column that is declared `time`"


def _future(case: Case) -> str:
    """A bound that the program sets, as a constant or a parameter, is taken for one."""
    if case.split is not None and case.split.time is not None:
        later = f"rows that are later than its own in `{case.split.time}`, or than a bound that the program sets"
        return f"{case.features} is computed from {later}"
    return f"{case.features} looks ahead in an order of time, or at another table's rows of any time"


def _budget(case: Case) -> str | None:
    if case.split is None or "test" not in case.split.shares:
        return None
    most = "one model" if case.split.budget == 1 else f"{case.split.budget} models"
    return f"`{case.split.name}.test` judges {most} at most, as its budget says"


def _copies(case: Case) -> str | None:
    if case.split is None:
        return None
    return f"no `union` puts a row twice into `{case.split.table}`, which `{case.split.name}` splits"


def _afterwards(case: Case) -> str:
    after = case.with_role("after")
    return (
        f"no feature of {case.name} is computed from a column declared `after` ({after}), but for what earlier rows say"
    )


def _python(case: Case) -> str | None:
    if case.split is None:
        return None
    return f"no Python step of unknown effect on rows stands before the split `{case.split.name}`"


_OF_MODELS: tuple[tuple[str, Rule, Callable[[Case], str | None]], ...] = (
    ("ML301", computed_from_target.look, _target),
    ("ML302", across_rows.look, _across),
    ("ML303", fitted_on_test.look, _fitted),
    ("ML305", scattered_entities.look, _entities),
    ("ML306", random_with_time.look, _random),
    ("ML307", future_rows.look, _future),
    ("ML308", identifier_features.look, lambda case: f"no feature of {case.name} is declared `key` or `entity`"),
    ("ML309", test_budget.look, _budget),
    (
        "ML311",
        sensitive_features.look,
        lambda case: (
            f"no feature of {case.name} is computed from a column declared `sensitive` ({case.with_role('sensitive')})"
        ),
    ),
    ("ML312", duplicated_rows.look, _copies),
    (
        "ML313",
        stacked_predictions.look,
        lambda case: f"{case.name} is not fitted on what another model predicts for that model's own training rows",
    ),
    ("ML315", known_afterwards.look, _afterwards),
    ("ML316", undeclared_python.look, _python),
)
