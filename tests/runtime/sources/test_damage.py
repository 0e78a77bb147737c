"""Damaged files: one clear message each, whatever is wrong with them."""

from __future__ import annotations

import io
import random
from pathlib import Path

import polars as pl
import pytest

from mldsl.catalog.types import DATE, FLOAT, INT, STRING
from mldsl.plan.nodes import SourceBody
from mldsl.runtime.infer import answer
from tests.support.expressions import nullable
from tests.support.steps import Bench, specs

COLUMNS = specs({"id": INT, "name": nullable(STRING), "x": nullable(FLOAT), "d": nullable(DATE)})
TABLE = pl.DataFrame({"id": [1, 2], "name": ["a", None], "x": [1.0, None], "d": ["2024-01-01", None]})


def parquet() -> bytes:
    file = io.BytesIO()
    TABLE.write_parquet(file)
    return file.getvalue()


FILES = {
    "csv": b'id,name,x,d\n1,"a, b",1.5,2024-01-01\n2,"c ""q""",,2024-02-02\n3,\xc3\xa9,2e3,\n',
    "parquet": parquet(),
    "json": b'{"id":1,"name":"a","x":1.5,"d":"2024-01-01"}\n{"id":2,"name":null,"x":2,"d":null}\n',
}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """With some bytes put in, taken away, changed, repeated or cut off."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        at = chance.randint(0, len(found))
        match chance.randint(0, 4):
            case 0:
                found[at:at] = bytes([chance.choice(b'",\n\r\x00\xff a1')])
            case 1:
                del found[at : at + 1]
            case 2:
                found[at : at + 1] = bytes([chance.randint(0, 255)])
            case 3:
                found[at:at] = found[at // 2 : at // 2 + chance.randint(0, 30)]
            case _:
                found = found[: max(at, len(found) // 2)]
    return bytes(found)


@pytest.mark.parametrize("connector", list(FILES))
@pytest.mark.parametrize("seed", range(4))
def test_damage(tmp_path: Path, connector: str, seed: int) -> None:
    chance, bench = random.Random(seed), Bench(tmp_path)
    path = tmp_path / f"f.{connector}"
    for _ in range(8):
        path.write_bytes(damaged(FILES[connector], chance))
        body = SourceBody(connector=connector, arguments={"path": path.name}, columns=COLUMNS)
        outcome = bench.run(body, "s", force=True)
        assert outcome.error is None or outcome.error.traceback is None, (outcome.error, path.read_bytes())
        found = answer({"connector": connector, "arguments": {"path": path.name}, "folder": str(tmp_path)})
        assert "Error:" not in found.get("error", ""), (found, path.read_bytes())
