"""The folder of a compiled pipeline in the image, and whether it is that of the pipeline's document."""

from __future__ import annotations

import os
from pathlib import Path

from mldsl.errors import PlanError
from mldsl.plan.image import IN_IMAGE, VARIABLE, content_digest


def home(pipeline: str, digest: str) -> Path:
    """The folder with `plan.json` and `code`.

    Raises PlanError where there is none, or where it is not what the document was compiled with.
    """
    place = Path(os.environ.get(VARIABLE) or f"{IN_IMAGE}/{pipeline}")
    if not (place / "plan.json").is_file():
        raise PlanError(
            f"this image has no plan of `{pipeline}`: there is nothing in `{place}`",
            "build the image from the Dockerfile beside `pipeline.yaml`",
        )
    try:
        files = {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in (place / "plan.json", *(place / "code").rglob("*"))
            if path.is_file() and path.suffix != ".pyc"
        }
    except OSError as error:
        raise PlanError(f"cannot read `{place}`: {error.strerror or error}") from error
    if content_digest(files) != digest:
        raise PlanError(
            f"the plan of `{pipeline}` in this image is not the one that `pipeline.yaml` was compiled with",
            "build the image again from the Dockerfile beside it, push it, and upload the pipeline",
        )
    return place
