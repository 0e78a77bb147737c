"""The image of the containers: what is in it, what it is called, and what makes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mldsl.backend.tested import python
from mldsl.plan.image import IN_IMAGE, VARIABLE, content_digest
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.options import tagged

CONSTRAINTS = "constraints.txt"
# Of libraries that are not in the wheel of a package but are expected of the system.
_OF_SYSTEM: Mapping[str, str] = {"boost": "libgomp1"}
_USER = 1000


@dataclass(frozen=True, slots=True)
class Image:
    """`name` with its tag; `digest` is that of the plan and the user's code in it."""

    name: str
    digest: str

    @classmethod
    def of(cls, facts: Facts, files: Mapping[str, bytes]) -> Image:
        """The image with these files in the pipeline's folder: a tag of its content stands for all of them."""
        whole = hashlib.sha256()
        for path, content in sorted(files.items()):
            whole.update(f"{path}\0{len(content)}\0".encode())
            whole.update(content)
        return cls(tagged(facts.options.image or facts.name, whole.hexdigest()), content_digest(files))


def dockerfile(facts: Facts, extras: tuple[str, ...], beside: Iterable[str], *, code: bool) -> str:
    """What makes the image, from the pipeline's folder; it does not run as root. `beside` are files beside the plan."""
    home = f"{IN_IMAGE}/{facts.name}"
    system = sorted({_OF_SYSTEM[extra] for extra in extras if extra in _OF_SYSTEM})
    lines = [f"FROM python:{python()}-slim"]
    if system:
        lines.append(
            f"RUN apt-get update && apt-get install -y --no-install-recommends {' '.join(system)} \\\n"
            "    && rm -rf /var/lib/apt/lists/*"
        )
    lines += [
        f"RUN useradd --uid {_USER} --create-home mldsl",
        f"COPY requirements.txt {CONSTRAINTS} /tmp/",
        f"RUN pip install --no-cache-dir -r /tmp/requirements.txt -c /tmp/{CONSTRAINTS}",
        f"COPY {' '.join(['plan.json', 'manifest.json', *beside])} {home}/",
        *([f"COPY code {home}/code"] if code else []),
        f"ENV {VARIABLE}={home}",
        f"USER {_USER}",
    ]
    return "\n".join(lines) + "\n"
