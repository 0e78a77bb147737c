"""The catalog is on the way of every `mldsl check`: importing it must bring in nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

MODULES = "functions metrics algorithms prepare connectors options cron"
HEAVY = "sklearn numpy pandas polars optuna pydantic networkx rich sqlglot lark json pathlib zoneinfo"


def test_importing_the_catalog_loads_no_library_and_no_data() -> None:
    code = f"""
import sys, json as _
before = set(sys.modules)
import {", ".join("mldsl.catalog." + name for name in MODULES.split())}
print(_.dumps(sorted(set(sys.modules) - before)))
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = json.loads(printed)
    assert not set(loaded) & set(HEAVY.split())
    assert "mldsl.catalog.constraints" not in loaded
