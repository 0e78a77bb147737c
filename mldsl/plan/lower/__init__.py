"""Typed program to plan."""

from __future__ import annotations

from mldsl.analysis.program import Program
from mldsl.analysis.reach.hide import reaching
from mldsl.plan.inlining import with_inlined
from mldsl.plan.lower.cuts import with_cuts
from mldsl.plan.lower.order import in_order
from mldsl.plan.lower.places import Places
from mldsl.plan.lower.settings import parameter, settings
from mldsl.plan.lower.steps import steps
from mldsl.plan.lower.wiring import wiring
from mldsl.plan.nodes import Plan

__all__ = ["lower"]


def lower(program: Program) -> Plan:
    """The plan of a program without errors: one step a declaration, in an order in which they can run.

    Raises PlanError where no plan can be made: checks that wait for each other, expressions nested beyond measure.
    """
    found = reaching(program)
    program = found.program
    return Plan(
        name=program.name,
        doc=program.doc,
        profile=program.profile,
        settings=settings(program.settings, Places.of(program.path)),
        params=tuple(parameter(given) for given in program.params.values()),
        steps=with_inlined(with_cuts(in_order(steps(program, wiring(program), found.splits)))),
    )
