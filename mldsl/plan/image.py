"""What of a compiled pipeline lies beside its plan, also in the image of its containers, and where."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

IN_IMAGE = "/mldsl"
"""The folder of the image in which each pipeline has one of its name."""

VARIABLE = "MLDSL_PIPELINE"
"""The variable of the environment that names a pipeline's folder, where it is another."""

CERTIFICATE = "certificate.json"
"""What was proved of the program, beside the plan: the versions of models that it registers get it."""


def content_digest(files: Mapping[str, bytes]) -> str:
    """A SHA-256 over `plan.json` and the files under `code/`, by their paths: whether an image has this very plan."""
    found = hashlib.sha256()
    for path, content in sorted(files.items()):
        if path == "plan.json" or path.startswith("code/"):
            found.update(f"{len(path.encode())}:{len(content)}:".encode())
            found.update(path.encode())
            found.update(content)
    return found.hexdigest()
