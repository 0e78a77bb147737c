"""Gates: whether a model may go live, by itself and beside the model in production."""

from __future__ import annotations

from mldsl.runtime.gates.champion import Champion
from mldsl.runtime.gates.judge import Gates, asks_for_champion, judge_requirements
from mldsl.runtime.gates.seen import pack, seen_rows, told_by, unpack

__all__ = ["Champion", "Gates", "asks_for_champion", "judge_requirements", "pack", "seen_rows", "told_by", "unpack"]
