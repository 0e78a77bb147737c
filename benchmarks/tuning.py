"""How much CPU time tuning takes, beside `RandomizedSearchCV` over the naive scikit-learn pipeline.

Both try the same candidates on the same folds of the same 200,000 rows, and the scores are held against each other: the
pipeline prepares every fold anew for every candidate, mldsl once for all that prepare alike. Times are user and system
time of processes of their own, start of Python and reading of the data included, the least of several interleaved runs.
Both have one thread of OpenMP and BLAS to a fit, as threads that wait for each other take time of their own.

Run from a checkout: `python benchmarks/tuning.py [logistic_regression] [gradient_boosting] [--rows N] [--trials N]
[--repeat N]`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
SEED = 7
TRIALS, FOLDS = 20, 5
LIMITS = {"logistic_regression": 2.5, "gradient_boosting": 1.25}
"""So many times the CPU time of mldsl is that of scikit-learn at least."""
RANGES = {
    "logistic_regression": "C: 0.01..10.0 log",
    "gradient_boosting": "learning_rate: 0.03..0.3 log; max_leaf_nodes: 8..31",
}
TOLERANCE = 1e-6
"""Scores may differ by so much: sums of floats are added in another order where a matrix lies otherwise in memory."""
NUMBERS, CATEGORIES = 14, 6
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

_PROGRAM = """\
pipeline bench {{ seed: {seed} }}
source rows = parquet("rows.parquet") {{
{fields}
  y: bool
}}
split data = rows {{ train: 99.9%; test: 0.1% }}
model m = predict y from data {{
  prepare {{
    numeric: impute(median) | scale(standard)
    categorical: encode(onehot)
  }}
  algorithm {name} {{ {ranges} }}
  tune {{ maximize: roc_auc; trials: {trials}; cv: {folds}; sampler: random }}
}}
evaluate m on data.test {{ expect roc_auc > 0.5 }}
"""


def make_rows(rows: int, path: Path) -> None:
    """A table of numbers, some missing, and categories as strings, and a target that they tell something of."""
    random = np.random.default_rng(SEED)
    numbers = random.normal(size=(rows, NUMBERS)) * random.uniform(0.1, 50, NUMBERS)
    codes = random.integers(0, 12, size=(rows, CATEGORIES))
    score = (numbers / numbers.std(axis=0)) @ random.normal(size=NUMBERS) + np.sin(codes).sum(axis=1)
    y = score + random.normal(0, 3, rows) > 0
    gaps = random.random((rows, NUMBERS)) < 0.02
    columns = {f"n{place}": pl.Series(np.where(gaps[:, place], np.nan, numbers[:, place])).fill_nan(None)
               for place in range(NUMBERS)}  # fmt: skip
    names = np.array([f"category {number}" for number in range(12)])
    columns |= {f"c{place}": pl.Series(names[codes[:, place]].tolist()) for place in range(CATEGORIES)}
    pl.DataFrame({**columns, "y": y.tolist()}).write_parquet(path)


def write_program(folder: Path, name: str, trials: int) -> Path:
    """The program that tunes one algorithm on the table in that folder."""
    fields = [f"  n{place}: float?" for place in range(NUMBERS)] + [
        f"  c{place}: string" for place in range(CATEGORIES)
    ]
    text = _PROGRAM.format(
        seed=SEED, fields="\n".join(fields), name=name, ranges=RANGES[name], trials=trials, folds=FOLDS
    )
    path = folder / f"{name}.ml"
    path.write_text(text, encoding="utf-8")
    return path


def cpu_seconds(*words: str, folder: Path) -> float:
    """The CPU time of a command. Raises CalledProcessError if it fails."""
    env = {**os.environ, **ONE_THREAD, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'backends'}"}
    process = subprocess.Popen(words, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, error = process.communicate() if process.stderr else (b"", b"")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words, stderr=error)
    return _spent()


_BEFORE = [0.0]


def _spent() -> float:
    """The CPU time of all child processes since this was asked last."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = usage.ru_utime + usage.ru_stime
    found, _BEFORE[0] = total - _BEFORE[0], total
    return found


# --- the same by hand ------------------------------------------------------------------------------------------------


def by_hand(name: str, folder: Path) -> None:
    """The search over the naive pipeline, with the candidates and the folds of the run that was recorded."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    known = json.loads((folder / f"{name}.json").read_text())
    table = pl.read_parquet(folder / "train.parquet").to_pandas()
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts = [
        ("numbers", numeric, [f"n{place}" for place in range(NUMBERS)]),
        ("categories", encoder, [f"c{place}" for place in range(CATEGORIES)]),
    ]
    seed = known["seed"]
    estimator: Any = (
        LogisticRegression(max_iter=1000, random_state=seed)
        if name == "logistic_regression"
        else HistGradientBoostingClassifier(early_stopping=False, random_state=seed)
    )
    pipeline = make_pipeline(ColumnTransformer(parts), estimator)
    step = pipeline.steps[-1][0]
    grid = [
        {f"{step}__{key}": [value] for key, value in one.items() if key != "max_iter"} for one in known["candidates"]
    ]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    search = RandomizedSearchCV(
        pipeline, grid, n_iter=len(grid), scoring="roc_auc", cv=folds, n_jobs=1, random_state=0, error_score="raise"
    )
    search.fit(table.drop(columns="y"), table["y"].astype(int))
    found = {}
    for number, given in enumerate(search.cv_results_["params"]):
        values = {key.removeprefix(f"{step}__"): value for key, value in given.items()}
        scores = [float(search.cv_results_[f"split{fold}_test_score"][number]) for fold in range(FOLDS)]
        found[json.dumps(values, sort_keys=True)] = scores
    (folder / f"{name}.by_hand.json").write_text(json.dumps(found))


# --- measuring -------------------------------------------------------------------------------------------------------


def record(name: str, folder: Path) -> None:
    """Run mldsl once, and write down what the other side is to do: candidates, seed and training rows."""
    import mldsl
    from mldsl.runtime.seeds import derive_seed
    from mldsl.runtime.store import Stored, open_store

    program = mldsl.load(folder / f"{name}.ml")
    result = program.run()
    store = open_store(".mldsl", folder)
    summary = json.loads(store.read(Stored(**result.step("m").outputs["summary"])))
    pl.read_parquet(store.local(Stored(**result.step("data").outputs["train"]))).write_parquet(folder / "train.parquet")
    candidates = summary["selection"]["candidates"]
    found = {
        "seed": derive_seed(SEED, "model:m"),
        "candidates": [item["parameters"] for item in candidates],
        "scores": [item["scores"] for item in candidates],
    }
    (folder / f"{name}.json").write_text(json.dumps(found))


def same_scores(name: str, folder: Path) -> float:
    """The greatest difference between the scores of the two. Raises AssertionError where they are not the same."""
    ours = json.loads((folder / f"{name}.json").read_text())
    theirs = json.loads((folder / f"{name}.by_hand.json").read_text())
    worst = 0.0
    for parameters, scores in zip(ours["candidates"], ours["scores"], strict=True):
        key = json.dumps({key: value for key, value in parameters.items() if key != "max_iter"}, sort_keys=True)
        worst = max(worst, *(abs(one - other) for one, other in zip(scores, theirs[key], strict=True)))
    assert worst <= TOLERANCE, f"the scores of {name} differ by {worst}"
    return worst


def measure(name: str, folder: Path, trials: int, repeat: int) -> bool:
    """Print what one algorithm takes; whether it keeps its limit."""
    write_program(folder, name, trials)
    here = str(Path(__file__).resolve())
    cpu_seconds(sys.executable, here, "--record", name, folder=folder)
    ours, theirs = [], []
    for _ in range(repeat):
        ours.append(
            cpu_seconds(sys.executable, "-m", "mldsl", "run", f"{name}.ml", "--to", "m", "--force", folder=folder)
        )
        theirs.append(cpu_seconds(sys.executable, here, "--by-hand", name, folder=folder))
    worst = same_scores(name, folder)
    ratio = min(theirs) / min(ours)
    kept = ratio >= LIMITS[name]
    print(
        f"{name}: mldsl {min(ours):.1f} s, RandomizedSearchCV {min(theirs):.1f} s of CPU time: {ratio:.2f} times less "
        f"(limit {LIMITS[name]}){'' if kept else ' TOO LITTLE'}; scores differ by {worst:.1e} at most"
    )
    return kept


def main() -> int:
    """Measure; 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="algorithms; all of them by default")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--record", help=argparse.SUPPRESS)
    parser.add_argument("--by-hand", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.record or given.by_hand:
        (record if given.record else by_hand)(given.record or given.by_hand, Path.cwd())
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_rows(given.rows, folder / "rows.parquet")
        kept = [measure(item, folder, given.trials, given.repeat) for item in given.names or LIMITS]
        return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
