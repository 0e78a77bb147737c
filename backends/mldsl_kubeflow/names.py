"""How things of a program are called in Kubeflow: as labels of Kubernetes (RFC 1123), each given once."""

from __future__ import annotations

import re

from mldsl.backend.names import shortened

# Argo puts suffixes such as `-driver` and `-iterations` behind a task's name, and Kubernetes' labels end at 63.
LONGEST = 50
_OF_ARGO = ("-driver", "-iterations", "-iteration")
_UNFIT = re.compile(r"[^a-z0-9]+")


def label(name: str) -> str:
    """A name as Kubernetes takes it: of small letters, digits and single `-`, starting with a letter."""
    fit = _UNFIT.sub("-", name.lower()).strip("-")
    fit = fit if fit[:1].isalpha() else f"x-{fit}".rstrip("-")
    # Beside the task `a` Argo has tasks of its own, among them `a-driver`.
    fit = f"{fit}-task" if fit.endswith(_OF_ARGO) else fit
    return shortened(fit, name, LONGEST, "-")
