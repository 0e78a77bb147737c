"""`mldsl check FILE --certificate …`: the certificate of a program, as JSON or for people as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mldsl.cli import console

if TYPE_CHECKING:
    from mldsl.analysis.certificate.model import Certificate, CertifiedModel, Claim, Dependency, Fact


def show(path: str, form: str) -> None:
    """Print the certificate of a program without errors."""
    from mldsl.api import load

    certificate = load(path).certificate()
    if form == "json":
        console.out_json(certificate.document())
    else:
        console.out("\n".join(_lines(certificate)))


def _lines(certificate: Certificate) -> Iterator[str]:
    yield f"# Certificate of `{certificate.program}`"
    yield ""
    yield f"- mldsl {certificate.mldsl}"
    yield f"- profile: {'none' if certificate.profile is None else f'`{certificate.profile}`'}"
    yield f"- meaning: sha256 `{certificate.meaning}`"
    yield ""
    yield from ("## Proved", "")
    yield "Given what is [assumed](#assumed). A row's *own row* is that row of the source, or all that it was grouped"
    yield "from; *strictly earlier* is earlier by the clock, not by an order alone."
    for model in certificate.models:
        yield from _model(model)
    for item in certificate.evaluations:
        if item.claims:
            yield from ("", f"### Evaluation of `{item.model}` on `{item.table}`", "")
            yield from map(_claim, item.claims)
    if not certificate.models:
        yield from ("", "There is no model of which anything could be proved.")
    yield from _facts("Checked when the program runs", certificate.run_time)
    yield from _facts("Assumed", certificate.assumed)


def _model(model: CertifiedModel) -> Iterator[str]:
    yield from ("", f"### Model `{model.name}`", "")
    target = "" if model.target is None else f" of `{model.target}`"
    yield f"{model.task}{target}, fitted on `{model.fitted_on}`."
    yield ""
    yield from map(_claim, model.claims)
    yield from ("", "| feature | depends on |", "| --- | --- |")
    for feature in model.features:
        yield f"| `{feature.name}` | {'; '.join(map(_dependency, feature.depends_on)) or 'no column'} |"


def _claim(claim: Claim) -> str:
    return f"- {claim.rule}{'' if claim.outcome == 'proved' else ' **not proved**'}: {claim.sentence}"


def _dependency(item: Dependency) -> str:
    same = f" ({', '.join(f'`{name}`' for name in item.same)})" if item.same else ""
    time = f", {item.time}" if item.time is not None else ""
    return f"`{item.column}`: {item.within}{same}{time}"


def _facts(title: str, facts: Iterable[Fact]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from [f"- {fact.kind}: {fact.sentence}" for fact in facts] or ["Nothing."]
