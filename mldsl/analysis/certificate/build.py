"""A program's certificate, from the typed program and the flow through it."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.analysis.certificate.claims import Case, claims_about, claims_on
from mldsl.analysis.certificate.facts import assumed, run_time
from mldsl.analysis.certificate.lineage import Lineage
from mldsl.analysis.certificate.model import Certificate, CertifiedEvaluation, CertifiedModel
from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.program import ModelDecl, Program
from mldsl.syntax import tree


def certify(program: Program, declarations: Sequence[tree.Declaration], version: str, meaning: str) -> Certificate:
    """The certificate of a program without errors, made from its declarations under the program's profile.

    `version` is mldsl's, `meaning` the SHA-256 of the program's plan.
    """
    evidence = Evidence(program, declarations)
    lineage = Lineage(evidence)
    return Certificate(
        mldsl=version,
        program=program.path,
        profile=program.profile,
        meaning=meaning,
        models=tuple(_model(item, lineage, evidence) for item in evidence.models()),
        evaluations=tuple(
            CertifiedEvaluation(item.decl.model, item.decl.table, tuple(claims_on(item, evidence)))
            for item in evidence.judgements()
        ),
        run_time=tuple(run_time(program)),
        assumed=tuple(assumed(program, evidence)),
    )


def _model(model: ModelDecl, lineage: Lineage, evidence: Evidence) -> CertifiedModel:
    split = next(iter(evidence.splits_of(model)), None)
    return CertifiedModel(
        name=model.name,
        task=model.task,
        target=model.target.name if model.target is not None else None,
        fitted_on=model.table,
        split=split.name if split is not None else None,
        features=lineage.features(model),
        claims=tuple(claims_about(Case(model, split, evidence))),
    )
