"""`examples/segments`: a clustering, judged on countries that it was not made from."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.support.by_hand import country_traits, segment_scores, silhouettes
from tests.support.examples import Done, as_good_as, first_run


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return first_run("segments", tmp_path_factory.mktemp("segments"))


def test_it_ends_well(segments: Done) -> None:
    assert segments.status == 0, segments.err
    warned = [item for item in segments.step("world", "check")["expectations"] if item["outcome"] == "warned"]
    assert [(item["text"], item["failing"]) for item in warned] == [("life >= 30", 2)]


def test_the_clusters_are_those_by_hand(segments: Done) -> None:
    parts = {name: part.set_index("country") for name, part in segments.tables("data").items()}
    traits = country_traits(segments.program.parent / "data")
    for part in parts.values():
        found = part.astype({"continent": str})
        expected = traits.loc[part.index, part.columns]
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_index_type=False)
    assigned = segments.tables("assigned")["assigned"].set_index("country")["cluster"]
    count = assigned.nunique()
    scores, said = segment_scores(parts["data.train"], parts["data.test"], count)
    tried = silhouettes(parts["data.train"])
    assert tried[count] > max(tried.values()) - 0.03, "other folds may choose another number, but hardly a worse one"
    assert adjusted_rand_score(said, assigned.loc[parts["data.test"].index]) > 0.9
    as_good_as(segments, "segments on data.test", scores, {"silhouette": 0.02})


def test_the_portrait_counts_every_country(segments: Done) -> None:
    portrait = segments.tables("portrait")["portrait"].set_index("cluster")
    grouped = segments.tables("assigned")["assigned"].groupby("cluster")
    assert portrait["countries"].to_dict() == grouped.size().to_dict()
    assert portrait["life"].to_dict() == grouped["life"].median().to_dict()
    assert portrait["life"].is_monotonic_decreasing
