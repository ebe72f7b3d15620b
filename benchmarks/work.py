"""What our own stages took in an Airflow run, and what the same work would take if Airflow cost nothing."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psutil

BATCHED = ("extract", "filter", "transform", "validate", "load", "publish")
STAGES = ("choose", *BATCHED, "close")


@dataclass(frozen=True)
class Piece:
    """One task's work: stage, when it ended (seconds since 1970), seconds, those on a processor, the most memory of its process in MiB."""

    stage: str
    end: float
    seconds: float
    cpu: float
    peak: float


def pieces(told: Sequence[tuple[float, str]], target: str) -> list[Piece]:
    """Every stage's work out of what came to StatsD: a task sends its three numbers at once."""
    came: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for moment, line in told:
        name, _, value = line.partition(":")
        kind, _, stage = name.removeprefix(f"airflow.gradesync.{target}.").partition(".")
        came.setdefault((kind, stage), []).append((moment, float(value.partition("|")[0])))
    found = []
    for stage in STAGES:
        three = (came.get((kind, stage), []) for kind in ("stage", "cpu", "memory"))
        found += [Piece(stage, end, ms / 1000, cpu / 1000, peak) for (end, ms), (_, cpu), (_, peak) in zip(*three, strict=True)]
    return found


def chains(work: Sequence[Piece], instances: Sequence[Mapping[str, Any]]) -> list[list[Piece]]:
    """The pieces of each batch in their order. A piece is that of the task instance which ended next after it."""
    found: dict[int, dict[str, Piece]] = {}
    for stage in BATCHED:
        ended = sorted((_moment(row["end_date"]), int(row["map_index"])) for row in instances if row["task_id"].endswith(f".{stage}"))
        mine = sorted((piece for piece in work if piece.stage == stage), key=lambda piece: piece.end)
        for (_, batch), piece in zip(ended, mine, strict=True):
            found.setdefault(batch, {})[stage] = piece
    return [[parts[stage] for stage in BATCHED] for _, parts in sorted(found.items())]


def least(work: Sequence[Piece], batches: Sequence[Sequence[Piece]], at_once: int, pools: Mapping[str, int]) -> float:
    """Seconds that this work takes with so many tasks at once and these slots for `canvas` and `sis`, when handing it out costs nothing."""
    pool_of = {"extract": "canvas", "transform": "sis", "load": "sis"}
    free, now, running = {**pools, "": at_once}, 0.0, list[tuple[float, int]]()
    step = [0] * len(batches)
    waiting = list(range(len(batches)))
    while waiting or running:
        for batch in list(waiting):
            pool = pool_of.get(batches[batch][step[batch]].stage)
            wanted = ("", pool) if pool else ("",)
            if all(free[name] > 0 for name in wanted):
                for name in wanted:
                    free[name] -= 1
                waiting.remove(batch)
                heapq.heappush(running, (now + batches[batch][step[batch]].seconds, batch))
        now, batch = heapq.heappop(running)
        pool = pool_of.get(batches[batch][step[batch]].stage)
        for name in ("", pool) if pool else ("",):
            free[name] += 1
        step[batch] += 1
        if step[batch] < len(BATCHED):
            waiting.append(batch)
    return now + sum(piece.seconds for piece in work if piece.stage in ("choose", "close"))


def nothing_at_work(work: Sequence[Piece], begun: float, ended: float) -> float:
    """Seconds between the run's begin and end in which no stage of ours was at work."""
    idle, reached = 0.0, begun
    for piece in sorted(work, key=lambda piece: piece.end - piece.seconds):
        idle += max(0.0, piece.end - piece.seconds - reached)
        reached = max(reached, piece.end)
    return idle + max(0.0, ended - reached)


def per_stage(work: Sequence[Piece]) -> dict[str, dict[str, float]]:
    """By stage: tasks, all their seconds, the longest, and the most memory of one in MiB."""
    told = {}
    for stage in STAGES:
        mine = [piece for piece in work if piece.stage == stage]
        if mine:
            seconds = [piece.seconds for piece in mine]
            told[stage] = {
                "tasks": len(mine),
                "seconds": round(sum(seconds), 1),
                "cpu": round(sum(piece.cpu for piece in mine), 1),
                "longest": round(max(seconds), 1),
                "peak_mib": round(max(piece.peak for piece in mine)),
            }
    return told


def spent(pid: int, with_children: bool) -> float:
    """Processor seconds of a process so far; with its children, those that have ended included. The scheduler's children are the tasks."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    ended = own.children_user + own.children_system if with_children else 0.0
    family = [own, *(child.cpu_times() for child in process.children(recursive=True))] if with_children else [own]
    return ended + sum(times.user + times.system for times in family)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
