"""The official messages are found without Kubeflow's SDK, and are the SDK's own where it is there."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.support.cli import environment
from tests.support.services import missing

_OURS_FIRST = """
import sys
from mldsl_kubeflow.messages import pipeline_spec
ours = pipeline_spec()
assert not any(name.partition(".")[0] == "kfp" for name in sys.modules), "the SDK was imported"
assert pipeline_spec() is ours
from kfp.pipeline_spec import pipeline_spec_pb2 as theirs
"""
_THEIRS_FIRST = """
from kfp.pipeline_spec import pipeline_spec_pb2 as theirs
from mldsl_kubeflow.messages import pipeline_spec
ours = pipeline_spec()
"""
_NOTHING = "import mldsl_kubeflow.messages as found; found.find_spec = lambda name: None"
_SAME = """
assert ours.PipelineSpec is theirs.PipelineSpec
made = ours.PlatformSpec()
made.CopyFrom(theirs.PlatformSpec(platforms={"kubernetes": theirs.SinglePlatformSpec()}))
print(list(made.platforms))
"""


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("order", [_OURS_FIRST, _THEIRS_FIRST], ids=["ours first", "theirs first"])
@pytest.mark.parametrize("sdk", [False, True], ids=["messages alone", "with the SDK"])
def test_the_messages_are_the_same_whoever_imports_them_first(order, sdk):
    if sdk and find_spec("kfp").origin is None:
        missing("kfp")
    assert _python(order + ("from kfp import dsl\n" if sdk else "") + _SAME) == "['kubernetes']\n"


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (_NOTHING, "`kfp-pipeline-spec`, which has the format of Kubeflow's pipelines, is not installed"),
        ("sys.modules['google.rpc'] = None", "`kfp-pipeline-spec` needs `google.rpc`, which is not installed"),
    ],
    ids=["nothing", "what it does not declare"],
)
def test_what_is_missing_is_said_with_the_way_out(before, says):
    code = f"""
import sys
{before}
from mldsl.errors import UsageError
from mldsl_kubeflow.messages import pipeline_spec
try:
    pipeline_spec()
except UsageError as error:
    print(error.message, error.help, sep="|")
"""
    assert _python(code) == f"{says}|run `pip install 'mldsl[kubeflow]'`\n"
