"""A candidate among requests: its share, what takes it out, and what makes it the champion. All of it is history."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from mldsl.catalog.types import BOOL, DURATION, FLOAT, INT
from mldsl.plan.expressions import Call, Constant, MetricRef, ParamRef
from mldsl.runtime.registry import Event, Registry, RegistryError, State, Version, open_registry
from mldsl.runtime.store import open_store
from mldsl.serving.app import make_app
from mldsl.serving.conditions import condition
from mldsl.serving.endpoint import Endpoint, Live, share_of
from mldsl.serving.loaded import Parts, Release
from mldsl.serving.log import Log
from mldsl.serving.rollout import Stage, judge, share_at
from mldsl.serving.supervisor import Supervisor
from mldsl.serving.warming import warmed
from mldsl.serving.window import LONGEST, MOST, Measured, Window
from tests.serving.fakes import ROW, Field, Lines, Scorer, call, endpoint, parts, version

# --- conditions ------------------------------------------------------------------------------------------------------


def metric(name: str) -> MetricRef:
    return MetricRef(type=DURATION if name.startswith("latency") else FLOAT, name=name, of="live")


def above(name: str, value: Constant | ParamRef) -> Call:
    return Call(type=BOOL, function="greater", arguments=(metric(name), value))


ERRORS = above("error_rate", Constant(type=FLOAT, value=0.01))
SLOW = above("latency_p99", Constant(type=DURATION, value=200_000))  # microseconds
EITHER = Call(type=BOOL, function="or", arguments=(ERRORS, SLOW))


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (Measured(100, 0.0, 0.001, 0.2, 0.5), False),
        (Measured(100, 0.011, 0.001, 0.1, 0.5), True),
        (Measured(100, 0.01, 0.001, 0.1, 0.5), False),
        (Measured(100, 0.0, 0.001, 0.201, 0.5), True),
        (Measured(0), None),
    ],
)
def test_a_condition(measured: Measured, expected: bool | None) -> None:
    assert condition(EITHER, {})(measured.values()) is expected


def test_a_condition_with_a_parameter_and_with_arithmetic() -> None:
    most = ParamRef(type=DURATION, name="most")
    twice = Call(type=DURATION, function="multiply", arguments=(metric("latency_p50"), Constant(type=INT, value=2)))
    slow = Call(type=BOOL, function="greater", arguments=(twice, most))
    holds = condition(slow, {"most": timedelta(seconds=1), "run_date": datetime(2025, 1, 1)})
    assert holds(Measured(1, 0.0, 0.6, 0.6, None).values()) is True
    assert holds(Measured(1, 0.0, 0.4, 0.4, None).values()) is False


def test_a_mean_that_is_not_known_is_not_too_low() -> None:
    low = Call(type=BOOL, function="less", arguments=(metric("prediction_mean"), Constant(type=FLOAT, value=0.5)))
    assert condition(low, {})(Measured(9, 0.0, 0.1, 0.1, None).values()) is None


# --- what is measured ------------------------------------------------------------------------------------------------


def test_a_window() -> None:
    window = Window()
    for number in range(1, 201):
        window.add(0.0, number / 1000, number <= 4, 0.5 * 2, 2)
    found = window.measured(1.0)
    assert (found.requests, found.error_rate) == (200, 0.02)
    assert (found.p50, found.p99) == (0.1, 0.198)  # the 100th and the 198th of 200
    assert found.mean == 0.5


def test_a_window_forgets() -> None:
    window = Window()
    window.add(0.0, 9.0, True)
    for _ in range(MOST):
        window.add(10.0, 0.001, False)
    assert window.measured(10.0).error_rate == 0.0
    assert window.measured(11.0 + LONGEST) == Measured(0)


# --- what becomes of it ----------------------------------------------------------------------------------------------

NOW = datetime(2025, 1, 1, 12, tzinfo=UTC)
STAGES = ((0.1, 60.0), (0.5, 120.0), (1.0, None))


@pytest.mark.parametrize(
    ("seconds", "number", "errors", "requests", "expected"),
    [
        (59, 0, 0.0, 500, "stays"),
        (60, 0, 0.0, 500, "goes on"),
        (119, 1, 0.0, 500, "stays"),
        (0, 2, 0.0, 500, "goes on"),
        (1, 0, 0.5, 500, "is taken out"),
        (1, 0, 0.5, 49, "stays"),
        (60, 0, 0.5, 500, "is taken out"),
        (60, 0, 0.5, 49, "stays"),
        (60, 0, 0.0, 49, "stays"),
        (60, 0, 0.0, 50, "goes on"),
    ],
)
def test_judging(seconds: int, number: int, errors: float, requests: int, expected: str) -> None:
    release = Release(STAGES, condition(ERRORS, {}), "error_rate > 1%")
    since = (NOW - timedelta(seconds=seconds)).isoformat()
    measured = Measured(requests, errors, 0.001, 0.001, 0.5)
    assert judge(release, Stage(number, since, requests), measured, NOW, 50).fate == expected


def test_a_stage_of_few_requests_does_not_end_unless_there_is_nothing_to_judge() -> None:
    since = (NOW - timedelta(hours=1)).isoformat()
    measured = Measured(500, 0.0, 0.001, 0.001, 0.5)
    few = Stage(0, since, 49)
    assert judge(Release(STAGES, condition(ERRORS, {})), few, measured, NOW, 50).fate == "stays"
    assert judge(Release(STAGES), few, measured, NOW, 50).fate == "goes on"
    assert judge(Release(STAGES, condition(ERRORS, {})), Stage(2, since, 0), measured, NOW, 50).fate == "goes on"


def test_shares() -> None:
    assert [share_at(Release(STAGES), stage) for stage in (0, 1, 2)] == [0.1, 0.5, 1.0]
    assert share_at(Release(), 0) == 1.0


# --- who gets the candidate ------------------------------------------------------------------------------------------


def test_the_share_is_that_of_the_keys_and_sticks_to_them() -> None:
    reader = version().reader
    places = [share_of(reader, {"charges": 1.0}, {"id": number}, 2) for number in range(10_000)]
    assert abs(sum(place < 0.1 for place in places) / 10_000 - 0.1) < 0.015  # five standard deviations
    again = [share_of(reader, {"charges": 2.0}, {"id": number}, 2) for number in range(10_000)]
    assert again == places
    other = [share_of(reader, {"charges": 1.0}, {"id": number}, 3) for number in range(10_000)]
    both = sum(first < 0.5 and second < 0.5 for first, second in zip(places, other, strict=True))
    assert abs(both / 10_000 - 0.25) < 0.03


def test_without_a_key_it_is_the_row_that_decides() -> None:
    reader = version().reader
    first, second = ({"charges": value, "since": NOW.date()} for value in (1.0, 2.0))
    assert share_of(reader, first, {}, 2) == share_of(reader, dict(first), {}, 2) != share_of(reader, second, {}, 2)


def asked(served: Endpoint, count: int) -> Counter[int]:
    async def talk(client: httpx.AsyncClient) -> Counter[int]:
        replies = [await client.post("/predict", json=ROW | {"id": number}) for number in range(count)]
        assert {reply.status_code for reply in replies} == {200}
        return Counter(reply.json()["version"] for reply in replies)

    return call(served, talk)  # type: ignore[no-any-return]


def test_requests_are_shared() -> None:
    found = asked(endpoint(version(1), version(2), 0.3), 500)
    assert 100 <= found[2] <= 200
    assert found[1] + found[2] == 500


def test_where_the_candidate_fails_the_champion_answers() -> None:
    lines = Lines()
    served = endpoint(version(1), version(2, Scorer(fails=ValueError("x"))), 1.0, lines)
    assert asked(served, 20) == {1: 20}
    assert served.live.candidate is not None
    assert served.live.candidate.window.measured(monotonic()).error_rate == 1.0
    assert served.live.champion.window.measured(monotonic()).error_rate == 0.0


# --- with a registry -------------------------------------------------------------------------------------------------


class Served:
    """An endpoint over a real registry, whose versions' scorers are the test's."""

    def __init__(self, folder: Path, scorers: dict[int, Scorer | Exception], release: Release) -> None:
        store = open_store(str(folder), folder)
        model = store.put(b"model", ".skops", "model")
        self.registry: Registry = open_registry(store, "churn")
        for _ in scorers:
            draft = Version(0, "churn", "shop", "churn_api", "endpoint", "model:m", model, model, by="test")
            self.registry.register(draft)
        self.scorers = scorers
        self.release = release
        self.lines = Lines()
        self.registry.promote(1, by="test")
        self.endpoint = Endpoint("churn", Live(warmed(self.load(1))), Log(self.lines))

    def load(self, number: int) -> Parts:
        scorer = self.scorers[number]
        if isinstance(scorer, Exception):
            raise scorer
        return parts(number, scorer, self.release)

    def supervisor(self, fewest: int = 20, name: str = "server") -> Supervisor:
        return Supervisor(self.endpoint, self.registry, self.load, self.registry.state(), by=name, fewest=fewest)

    def history(self) -> list[tuple[str, int | None]]:
        return [(event.kind, event.version) for event in self.registry.events() if event.kind != "registered"]

    def run(self, until: Callable[[], bool], work: Callable[[], Any]) -> Counter[int]:
        """Serve under load until something holds; gives who answered. No request may fail."""
        return asyncio.run(self._run(until, work))

    async def _run(self, until: Callable[[], bool], work: Callable[[], Any]) -> Counter[int]:
        supervisor = asyncio.create_task(self.supervisor().run())
        answers: Counter[int] = Counter()
        transport = httpx.ASGITransport(make_app(self.endpoint))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            load = [asyncio.create_task(_ask(client, answers, start)) for start in range(4)]
            work()
            async with asyncio.timeout(30):
                while not until():
                    await asyncio.sleep(0.02)
            for task in (*load, supervisor):
                task.cancel()
            for found in await asyncio.gather(*load, return_exceptions=True):
                assert isinstance(found, asyncio.CancelledError), found
        return answers


async def _ask(client: httpx.AsyncClient, answers: Counter[int], start: int) -> None:
    number = start
    while True:
        reply = await client.post("/predict", json=ROW | {"id": number})
        assert reply.status_code == 200, reply.text
        answers[reply.json()["version"]] += 1
        number += 4
        await asyncio.sleep(0.001)


RULE = condition(EITHER, {}), "error_rate > 1% or latency_p99 > 200ms"
RELEASE = Release(((0.3, 0.7), (0.6, 0.5), (1.0, None)), *RULE)
LONG = Release(((0.3, 60.0), (1.0, None)), *RULE)


def test_a_promotion_drops_no_request(tmp_path: Path) -> None:
    served = Served(tmp_path, {1: Scorer(), 2: Scorer(probability=0.9)}, RELEASE)
    answers = served.run(
        lambda: served.endpoint.live.champion.number == 2, lambda: served.registry.promote(2, by="test")
    )
    assert answers[1] > 0
    assert served.endpoint.versions() == [served.endpoint.live.champion]


def test_a_candidate_that_is_fine_becomes_the_champion(tmp_path: Path) -> None:
    served = Served(tmp_path, {1: Scorer(), 2: Scorer()}, RELEASE)
    answers = served.run(
        lambda: served.endpoint.live.champion.number == 2, lambda: served.registry.start_rollout(2, by="test")
    )
    assert min(answers[1], answers[2]) > 20
    assert served.history() == [("promoted", 1), ("rollout", 2), ("stage", 2), ("stage", 2), ("promoted", 2)]
    rollout, second, *_ = served.registry.events()[3:]
    lasted = datetime.fromisoformat(second.time) - datetime.fromisoformat(rollout.time)
    assert lasted.total_seconds() >= 0.7
    assert second.by == "server"
    assert second.details["measured"]["error_rate"] == 0.0
    assert second.details["champion"]["version"] == 1


def test_a_candidate_that_fails_is_taken_out(tmp_path: Path) -> None:
    served = Served(tmp_path, {1: Scorer(), 2: Scorer(fails=ValueError("x"))}, LONG)
    answers = served.run(
        lambda: served.registry.state().candidate is None and len(served.history()) > 2,
        lambda: served.registry.start_rollout(2, by="test"),
    )
    assert answers[2] == 0  # the champion answered in its place
    assert served.history() == [("promoted", 1), ("rollout", 2), ("taken_out", 2)]
    last = served.registry.events()[-1]
    assert last.reason == "rollback when error_rate > 1% or latency_p99 > 200ms"
    assert last.details["measured"]["error_rate"] == 1.0
    assert last.details["measured"]["requests"] >= 20
    assert served.endpoint.live.candidate is None


def test_a_candidate_that_is_slow_is_taken_out_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    served = Served(tmp_path, {1: Scorer(), 2: Scorer(waits=0.25)}, LONG)
    served.run(lambda: served.history()[-1][0] == "taken_out", lambda: served.registry.start_rollout(2, by="test"))
    last = served.registry.events()[-1]
    assert last.details["measured"]["latency_p99"] > 0.2
    assert last.details["champion"]["latency_p50"] < 0.1


def test_a_candidate_that_cannot_be_loaded_is_taken_out(tmp_path: Path) -> None:
    served = Served(tmp_path, {1: Scorer(), 2: RegistryError("the model was altered")}, RELEASE)
    answers = served.run(
        lambda: served.history()[-1][0] == "taken_out", lambda: served.registry.start_rollout(2, by="test")
    )
    assert set(answers) == {1}
    assert served.registry.events()[-1].reason == "version 2 cannot be loaded"
    served.endpoint.log.close()
    assert "the model was altered" in served.lines.getvalue()


def test_a_candidate_that_asks_for_other_columns_is_taken_out(tmp_path: Path) -> None:
    other = Scorer(fields=(*Scorer().fields, Field("age", "age", INT)))
    served = Served(tmp_path, {1: Scorer(), 2: other}, RELEASE)
    served.run(lambda: served.history()[-1][0] == "taken_out", lambda: served.registry.start_rollout(2, by="test"))
    assert served.registry.events()[-1].reason == ("what is asked of version 1 does not suit version 2: `age` is new")


def test_a_champion_that_cannot_be_loaded_does_not_take_the_place_of_one_that_is(tmp_path: Path) -> None:
    served = Served(tmp_path, {1: Scorer(), 2: RegistryError("the model was altered")}, RELEASE)
    served.run(
        lambda: "the model was altered" in served.lines.getvalue(), lambda: served.registry.promote(2, by="test")
    )
    assert served.endpoint.live.champion.number == 1


def test_of_two_servers_one_writes_the_history(tmp_path: Path) -> None:
    first = Served(tmp_path, {1: Scorer(), 2: Scorer(fails=ValueError("x"))}, LONG)
    second = Endpoint("churn", Live(warmed(first.load(1))), Log(Lines()))

    async def both() -> None:
        supervisors = [
            Supervisor(item, first.registry, first.load, first.registry.state(), by=str(at), fewest=20)
            for at, item in enumerate((first.endpoint, second))
        ]
        first.registry.start_rollout(2, by="test")
        for item in supervisors:
            await item.follow()
        for item in (first.endpoint, second):
            assert item.live.candidate is not None
            for _ in range(30):
                item.live.candidate.window.add(monotonic(), 0.001, True)
        await asyncio.gather(*(item.watch() for item in supervisors))
        for item in supervisors:
            await item.follow()

    asyncio.run(both())
    assert first.history() == [("promoted", 1), ("rollout", 2), ("taken_out", 2)]
    assert first.endpoint.live.candidate is second.live.candidate is None


def test_a_registry_that_cannot_be_written_does_not_keep_a_bad_candidate_in(tmp_path: Path) -> None:
    served = Served(tmp_path, {1: Scorer(), 2: Scorer(fails=ValueError("x"))}, LONG)

    class Broken:
        def __init__(self) -> None:
            self.works = False

        def last(self) -> Event | None:
            return served.registry.last()

        def advance(self, **given: Any) -> Event:
            return served.registry.advance(**given)

        def take_out(self, **given: Any) -> Event:
            if not self.works:
                raise OSError("no route to the store")
            return served.registry.take_out(**given)

    broken = Broken()
    served.registry.start_rollout(2, by="test")
    supervisor = Supervisor(served.endpoint, broken, served.load, State(), by="x", fewest=20)

    async def work() -> None:
        await supervisor.follow()
        assert served.endpoint.live.candidate is not None
        for _ in range(30):
            served.endpoint.live.candidate.window.add(monotonic(), 0.001, True)
        with pytest.raises(OSError, match="no route"):
            await supervisor.watch()
        assert served.endpoint.live.candidate is None
        await supervisor.follow()
        assert served.endpoint.live.candidate is None
        broken.works = True
        await asyncio.sleep(0.6)
        await supervisor.watch()

    asyncio.run(work())
    assert served.history()[-1] == ("taken_out", 2)
