"""What `mldsl compile --target kubeflow` can be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from mldsl.backend import CompileOption, CompileOptions
from mldsl.backend.tasks import GRANULARITY, read_shares
from mldsl.catalog.cron import timezone_problem
from mldsl.errors import UsageError
from mldsl.plan.grouping import Granularity

MOST_SHARES = 1000
"""Over how many tasks a search may be spread: each is three pods, and a workflow has a size that is limited."""

OPTIONS = (
    CompileOption(
        "image",
        "the image of all containers, as it is built from the Dockerfile; without a tag it gets one of its content",
        "NAME",
    ),
    GRANULARITY,
    CompileOption("folder", "where the containers find the program's folder, on a volume", "PATH"),
    CompileOption("shares", "over how many tasks the trials of a `tune` are spread; 1 keeps them in one", "N"),
    CompileOption("timezone", "what the clock of Kubeflow's scheduler is set to", "ZONE", "UTC"),
    CompileOption("secret", "the Kubernetes secret that has the program's secrets by name", "NAME", "mldsl"),
    CompileOption("validate", "hold what is written against the rules of Kubeflow's backend", flag=True),
)

# A reference to an image as the registries of OCI have it, without its tag and digest.
_IMAGE = re.compile(r"[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*", re.ASCII)
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SECRET = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class KubeflowOptions:
    """The options, read. `image` is None where it is named after the pipeline; `folder` where nothing is relative."""

    image: str | None
    granularity: Granularity
    folder: str | None
    shares: int | None
    timezone: str
    secret: str
    validate: bool


def read(options: CompileOptions) -> KubeflowOptions:
    """The options as Kubeflow's backend takes them; UsageError for what does not fit."""
    defaults = {option.name: option.default for option in OPTIONS if option.default is not None}
    given = {**defaults, **options.options}
    return KubeflowOptions(
        image=_image(given.get("image")),
        granularity=cast("Granularity", given["granularity"]),
        folder=_folder(given.get("folder")),
        shares=read_shares(given.get("shares"), MOST_SHARES),
        timezone=_timezone(given["timezone"]),
        secret=_secret(given["secret"]),
        validate="validate" in given,
    )


def tagged(image: str, digest: str) -> str:
    """The image with a tag of its content, unless it has a tag or a digest."""
    last = image.rpartition("/")[2]
    return image if ":" in last or "@" in last else f"{image}:{digest[:12]}"


def _image(text: str | None) -> str | None:
    if text is None:
        return None
    name, at, digest = text.partition("@")
    rest, _, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    fits = _IMAGE.fullmatch(f"{rest}/{last}" if rest else last) and (not colon or _TAG.fullmatch(tag))
    if not fits or (at and not _DIGEST.fullmatch(digest)):
        raise UsageError(f"`--image {text}` is not the name of an image", "it is like `ghcr.io/me/churn` or `churn:1`")
    return text


def _folder(text: str | None) -> str | None:
    if text is not None and not text.startswith("/"):
        raise UsageError(f"`--folder {text}` is not a path in a container", "it starts with `/`, as `/data/churn`")
    return text


def _timezone(text: str) -> str:
    if (problem := timezone_problem(text)) is not None:
        raise UsageError(f"`--timezone`: {problem}")
    return text


def _secret(text: str) -> str:
    if not _SECRET.fullmatch(text):
        raise UsageError(
            f"`--secret {text}` is not a name that Kubernetes takes", "it has small letters, digits, `-` and `.`"
        )
    return text
