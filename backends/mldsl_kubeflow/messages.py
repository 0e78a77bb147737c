"""The official protobuf messages of a pipeline document, from `kfp-pipeline-spec`, without Kubeflow's SDK.

The package puts `kfp.pipeline_spec.pipeline_spec_pb2` into the package `kfp`. Where the SDK is installed too, importing
that by its name first runs the SDK's own `__init__`, with a client for clusters and 1.4 s of other imports.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pkgutil import extend_path
from types import ModuleType

from mldsl.errors import UsageError

_NAME = "kfp.pipeline_spec.pipeline_spec_pb2"
_HELP = "run `pip install 'mldsl[kubeflow]'`"


@cache
def pipeline_spec() -> ModuleType:
    """The module with `PipelineSpec`, `PipelineDeploymentConfig`, `PlatformSpec` and the others.

    It is loaded under a name of our own: `kfp` is as it was, to be imported by whoever wants it, before or after. Both
    modules then have the same classes, as protobuf makes one for each message of a process. Raises UsageError where
    something that it needs is missing or too old.
    """
    if _NAME in sys.modules:
        return sys.modules[_NAME]
    spec = _found()
    if spec is None or spec.loader is None:
        raise UsageError("`kfp-pipeline-spec`, which has the format of Kubeflow's pipelines, is not installed", _HELP)
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        raise UsageError(f"`kfp-pipeline-spec` needs `{error.name}`, which is not installed", _HELP) from error
    except Exception as error:  # protobuf's own, of a runtime that is older than the messages
        raise UsageError(f"`kfp-pipeline-spec` and the installed `protobuf` do not fit: {error}", _HELP) from error
    return module


def _found() -> ModuleSpec | None:
    """Where the module is; none of the packages on the way there is run."""
    package = find_spec("kfp")
    if package is None or package.submodule_search_locations is None:
        return None
    # As `kfp/__init__.py` does: the SDK and the messages may lie in two places.
    folders = extend_path(list(package.submodule_search_locations), "kfp")
    inner = PathFinder.find_spec("kfp.pipeline_spec", folders)
    if inner is None or inner.submodule_search_locations is None:
        return None
    found = PathFinder.find_spec(_NAME, list(inner.submodule_search_locations))
    if found is None or found.origin is None:
        return None
    return spec_from_file_location(f"{__package__}._pipeline_spec_pb2", found.origin)
