"""The registry of a deployment: versions, who is in production, two at once, what was altered; here and on S3."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mldsl.runtime.registry import Registry, RegistryError, Version, open_registry, registries
from mldsl.runtime.store import Store, open_store
from tests.support import services


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with services.s3() as found:
        yield found


@pytest.fixture(params=["here", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    if request.param == "here":
        return open_store("s", tmp_path)
    for name, value in request.getfixturevalue("server").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return open_store(f"s3://bucket/{tmp_path.name}", tmp_path)


def draft(store: Store, model: bytes = b"model", **changes: object) -> Version:
    made = Version(
        0,
        "churn",
        "p",
        "live",
        "endpoint",
        "model:m",
        store.put(model, ".skops", "model"),
        store.put(b"{}", ".json", "json"),
        code={"steps.py": store.put(b"code", ".py", "bytes")},
        evaluation={"metrics": {"auc": 0.9}},
        by="me",
    )
    return replace(made, **changes)


def registered(store: Store, count: int) -> Registry:
    registry = open_registry(store, "churn")
    for number in range(count):
        registry.register(draft(store, b"model %d" % number))
    return registry


def test_a_version_comes_back_as_it_was_registered(store: Store):
    registry = open_registry(store, "churn")
    assert registry.versions() == [] and registry.champion() is None and registry.events() == []
    given = draft(store)
    found = registry.register(given)
    assert found == replace(given, number=1, created=found.created)
    assert registry.version(1) == found and registry.versions() == [found]
    assert registry.register(draft(store, b"another")).number == 2
    assert [(event.kind, event.version) for event in registry.events()] == [("registered", 1), ("registered", 2)]
    assert registry.champion() is None
    assert registries(store) == ["churn"]


def test_promotions_and_the_way_back(store: Store):
    registry = registered(store, 3)
    for number in (1, 2, 3):
        registry.promote(number, by="me")
    state = registry.state()
    assert (state.champion, state.previous) == (3, (1, 2))
    assert registry.rollback(by="me", reason="too slow").state.champion == 2
    assert registry.state().previous == (1,)
    assert registry.rollback(by="me").version == 1
    with pytest.raises(RegistryError, match="has no earlier champion"):
        registry.rollback(by="me")
    assert registry.rollback(by="me", to=3).state.champion == 3
    kinds = [event.kind for event in registry.events(after=3)]
    assert kinds == ["promoted"] * 3 + ["rolled_back"] * 3


def test_a_version_that_comes_back_into_production_is_not_its_own_predecessor(store: Store):
    registry = registered(store, 2)
    for number in (1, 2, 1):
        registry.promote(number, by="me")
    assert (registry.state().champion, registry.state().previous) == (1, (2,))
    registry.promote(1, by="me")
    assert (registry.state().champion, registry.state().previous) == (1, (2,))


def test_a_rollout_goes_through_its_stages(store: Store):
    registry = registered(store, 2)
    registry.promote(1, by="me")
    state = registry.start_rollout(2, by="me").state
    assert (state.champion, state.candidate, state.stage) == (1, 2, 0) and state.stage_since
    state = registry.advance(by="server", stages=2, seen=state).state
    assert (state.champion, state.candidate, state.stage) == (1, 2, 1)
    state = registry.advance(by="server", stages=2, seen=state).state
    assert (state.champion, state.candidate, state.stage, state.previous) == (2, None, None, (1,))
    with pytest.raises(RegistryError, match="has no candidate"):
        registry.advance(by="server", stages=2, seen=state)


def test_a_candidate_is_taken_out(store: Store):
    registry = registered(store, 2)
    registry.promote(1, by="me")
    registry.start_rollout(2, by="me")
    event = registry.take_out(by="server", reason="error_rate > 2%", details={"error_rate": 0.5})
    assert (event.state.champion, event.state.candidate) == (1, None)
    assert (event.version, event.reason, event.details) == (2, "error_rate > 2%", {"error_rate": 0.5})


def test_whoever_acts_on_what_was_changed_meanwhile_is_told_and_nothing_is_done(store: Store):
    registry = registered(store, 3)
    registry.promote(1, by="me")
    seen = registry.state()
    registry.note("batch", version=1, by="cron")  # changes nothing
    registry.promote(2, by="you", seen=seen)
    before = registry.events()
    with pytest.raises(RegistryError, match="changed by somebody else meanwhile: `promoted` version 2, by you"):
        registry.promote(3, by="me", seen=seen)
    assert registry.events() == before


@pytest.mark.parametrize("actors", [8])
def test_promotions_at_the_same_moment_are_all_kept_or_refused(tmp_path: Path, actors: int):
    store = open_store("s", tmp_path)
    registered(store, actors)
    barrier, refused = threading.Barrier(actors), []

    def act(number: int) -> None:
        registry = open_registry(open_store("s", tmp_path), "churn")
        seen = registry.state()
        barrier.wait()
        try:
            registry.promote(number, by=f"actor {number}", seen=seen)
        except RegistryError:
            refused.append(number)

    threads = [threading.Thread(target=act, args=(number + 1,)) for number in range(actors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    registry = open_registry(store, "churn")
    promoted = [event.version for event in registry.events() if event.kind == "promoted"]
    assert len(promoted) == 1 and registry.state().champion == promoted[0]
    assert sorted([*promoted, *refused]) == list(range(1, actors + 1))
    assert [event.number for event in registry.events()] == list(range(1, len(registry.events()) + 1))


def test_notes_at_the_same_moment_are_all_kept(tmp_path: Path):
    store = open_store("s", tmp_path)
    registered(store, 1)

    def act(number: int) -> None:
        open_registry(open_store("s", tmp_path), "churn").note("batch", version=1, by=str(number))

    threads = [threading.Thread(target=act, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event.by for event in open_registry(store, "churn").events(after=1)) == sorted(map(str, range(8)))


def test_versions_registered_at_the_same_moment_get_numbers_of_their_own(tmp_path: Path):
    store = open_store("s", tmp_path)

    def act(number: int) -> None:
        mine = open_store("s", tmp_path)
        open_registry(mine, "churn").register(draft(mine, b"%d" % number, by=str(number)))

    threads = [threading.Thread(target=act, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = open_registry(store, "churn").versions()
    assert [version.number for version in versions] == [1, 2, 3, 4, 5, 6]
    assert sorted(version.by for version in versions) == sorted(map(str, range(6)))


def test_a_model_that_was_altered_is_not_promoted(tmp_path: Path):
    store = open_store("s", tmp_path)
    registry = registered(store, 2)
    registry.promote(1, by="me")
    path = store.files.local(registry.version(2).model.path)
    path.write_bytes(b"MODEL 1")
    with pytest.raises(RegistryError, match="which version 2 of `churn` needs, was altered"):
        registry.promote(2, by="me")
    path.unlink()
    with pytest.raises(RegistryError, match="is gone"):
        registry.promote(2, by="me")
    assert registry.state().champion == 1


def test_a_name_belongs_to_one_deployment(store: Store):
    registry = registered(store, 1)
    with pytest.raises(RegistryError, match="`churn` is taken: it belongs to `live` of the pipeline `p`"):
        registry.register(draft(store, pipeline="other"))
    assert len(registry.versions()) == 1


def test_damage_is_said(tmp_path: Path):
    store = open_store("s", tmp_path)
    registry = registered(store, 1)
    store.files.write("registry/churn/versions/000001.json", b"{")
    with pytest.raises(RegistryError, match="version 1 of `churn` cannot be read"):
        registry.version(1)
    store.files.write("registry/churn/events/00000001.json", b"[]")
    with pytest.raises(RegistryError, match="its event 1 is damaged"):
        registry.state()
    with pytest.raises(RegistryError, match="has no version 7"):
        registry.version(7)


@pytest.mark.parametrize("name", ["a b/c", "..", "é", "%2e", "x" * 60])
def test_any_name_is_a_folder_of_its_own(tmp_path: Path, name: str):
    store = open_store("s", tmp_path)
    open_registry(store, name).register(draft(store))
    assert registries(store) == [name]
    assert {path.name for path in (tmp_path / "s").iterdir()} == {"registry", "objects", "tmp", ".gitignore"}
