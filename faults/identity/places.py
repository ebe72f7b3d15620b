"""Cases in which a SIS, its address, a target, or a run is not what it was (I-1, I-4, I-5, I-6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from faults.forks import Child
from faults.identity.judge import judged, unfinished, unnamed
from faults.identity.people import Deed, after, settled
from faults.identity.town import Scene, Told
from faults.identity.world import graded_again, sections
from include.district import load_district
from include.sync import binding
from include.sync.run import Run
from include.sync.run_key import RunKey
from tests.town import NOON

_GRADED = {"graded": graded_again}
_RUN_ID = "manual__2026-11-13T17:00:00+00:00"


def deeds() -> Iterator[Deed]:
    """All of them."""
    for kind, detail, script in (
        ("SIS restored", "to the day before, then rebind", restored_rebind),
        ("SIS restored", "to the day before, then forget", restored_forget),
        ("SIS restored", "what was sent is a teacher's exam now", ids_taken),
        ("host changed", "to another SIS, then back", other_and_back),
        ("host changed", "to another SIS, then forget", other_and_forget),
        ("host changed", "the same SIS at another address, then rebind", moved_and_rebind),
        ("target renamed", "undeclared, then declared", renamed),
        ("target renamed", "declared at once", renamed_declared),
        ("two runs with one ID", "of two DAGs, one after the other", two_dags),
        ("two runs with one ID", "of two DAGs at once", two_dags_at_once),
        ("two runs with one ID", "of one name and two kinds", two_kinds),
        ("two targets on one SIS", "of one account", two_targets_told),
        ("two targets on one SIS", "of nested accounts", two_targets),
        ("two targets on one SIS", "at two addresses", two_targets_far),
    ):
        yield Deed(kind, detail, script, _GRADED)


def _stopped(scene: Scene, *sides: str, run: Run | None = None, target: str = "") -> list[str]:
    """A night that must stop before its first write, and say why."""
    told = scene.night(target, run)
    wrong = [f"{told.written} writes by a run that must not write"] if told.written else []
    return wrong + ([] if told.error else ["the night was not stopped"]) + unnamed([told.error], *sides)


def _restore(scene: Scene) -> None:
    """The SIS is what it was before the first night, and a teacher has made exams since: where the SIS chooses IDs, under ours."""
    scene.town.admin(scene.target, "restore", "POST", json={"name": "before the first night"})
    for section in sections(scene.place.world):
        order = {"do": "create", "class": section.sis_id, "section": section.sis_id, "name": "Make-up exam"}
        scene.town.admin(scene.target, "teacher", "POST", json=order)


def restored_rebind(scene: Scene) -> list[str]:
    """Every night stops until somebody decides; then what is gone is reported, and nothing is sent to what has its ID now."""
    _restore(scene)
    before, scene.canvas = scene.seen(), "graded"
    wrong = _stopped(scene, "restored from a backup", _first_section(scene)) + _stopped(scene, "rebind", "forget")
    binding.rebind(scene.engine, scene.target, scene.client(), "an admin")
    told = scene.night()
    wrong += judged(before, scene.seen(), scene.truth, scene.whose, told.rows)
    wrong += unnamed([str(row["type"]) for row in told.rows if row["type"] in ("GP-GONE", "GP-ID-FOREIGN")], "GP-")
    binding.forget(scene.engine, scene.target)
    return wrong + settled(scene)


def restored_forget(scene: Scene) -> list[str]:
    """After forget everything is sent anew, once, beside the exams."""
    _restore(scene)
    scene.canvas = "graded"
    wrong = _stopped(scene, "restored from a backup", _first_section(scene))
    binding.forget(scene.engine, scene.target)
    return wrong + settled(scene)


def ids_taken(scene: Scene) -> list[str]:
    """One item of ours is deleted; a teacher's exam has its ID now where the SIS gives IDs out again, and its name elsewhere. It stays as it is."""
    section = next(sections(scene.place.world))
    name = next(item for place, item in sorted(scene.seen().items) if place == section.sis_id)
    again = scene.place.variant.allocates and scene.target != "powerschool"
    for do in ("reuse_id",) if again else ("delete", "create"):
        order = {"do": do, "class": section.sis_id, "section": section.sis_id, "name": name, "title": "Final exam"}
        scene.town.admin(scene.target, "teacher", "POST", json=order)
    told, wrong = after("graded", scene)
    wrong += unnamed(told.texts, "Final exam", _item_id(told)) if again else unnamed(_about(told, name), "")
    told, more = after("graded", scene)
    others = {place: number for place, number in scene.truth.wanted.items() if place[:2] != (section.sis_id, name)}
    held = scene.seen().scores
    lost = [place for place, number in others.items() if list(held.get(place, ())) != [number]]
    wrong += more + ([f"{len(lost)} scores of other assignments were not sent, first {lost[0]}"] if lost else [])
    return wrong + ([f"one more night wrote {told.written} times"] if told.written else [])


def _about(told: Told, name: str) -> list[str]:
    """What is said of an assignment of this name that is gone from the SIS."""
    return [str(row["message"]) for row in told.rows if row["assignment_name"] == name]


def _item_id(told: Told) -> str:
    return next((str(row["message"]).split(" under the ID ")[1].split(",")[0] for row in told.rows if row["type"] == "GP-ID-FOREIGN"), "an ID")


def _first_section(scene: Scene) -> str:
    return min(section.sis_id for section in sections(scene.place.world))


def _host(scene: Scene, server: str) -> str:
    return scene.addresses[server].split("//")[1]


def other_and_back(scene: Scene) -> list[str]:
    """Nothing is written to the other SIS; as soon as the connection leads to the first one again, all goes on."""
    before, scene.canvas = scene.seen("other"), "graded"
    scene.lead_to("other")
    wrong = _stopped(scene, _host(scene, scene.target), _host(scene, "other"), "rebind", "forget")
    wrong += [] if scene.seen("other") == before else ["the other SIS changed"]
    scene.lead_to(scene.target)
    return wrong + settled(scene)


def other_and_forget(scene: Scene) -> list[str]:
    """After forget the other SIS gets everything, and the first one stays as it is."""
    first, scene.canvas = scene.seen(), "graded"
    scene.lead_to("other")
    wrong = _stopped(scene, _host(scene, scene.target), _host(scene, "other"))
    binding.forget(scene.engine, scene.target)
    wrong += settled(scene)
    scene.lead_to(scene.target)
    return wrong + ([] if scene.seen() == first else ["the first SIS changed"])


def moved_and_rebind(scene: Scene) -> list[str]:
    """After rebind only what changed in Canvas is sent."""
    scene.lead_to("elsewhere")
    wrong = _stopped(scene, _host(scene, scene.target), _host(scene, "elsewhere"), "rebind")
    binding.rebind(scene.engine, scene.target, scene.client(), "an admin")
    told, more = after("", scene)
    wrong += more + ([f"{told.written} writes although nothing changed"] if told.written else [])
    scene.canvas = "graded"
    return wrong + settled(scene)


def _rename(scene: Scene, **more: Any) -> None:
    def edit(told: dict[str, Any]) -> None:
        told["targets"]["renamed"] = {**told["targets"].pop(scene.target, told["targets"].get("renamed", {})), **more}

    scene.settings(edit)


def renamed(scene: Scene) -> list[str]:
    """A rename that the district file does not tell stops the run; once it does, nothing is sent again."""
    _rename(scene)
    wrong = _stopped(scene, "renamed", scene.target, target="renamed")
    return wrong + renamed_declared(scene)


def renamed_declared(scene: Scene) -> list[str]:
    """The ledger comes along: the first night writes nothing, the next one what changed."""
    _rename(scene, formerly=scene.target)
    before = scene.seen()
    told = scene.night("renamed")
    wrong = [f"{told.written} writes because of a rename; {told.error}"] if told.written or told.error else []
    scene.canvas = "graded"
    told = scene.night("renamed")
    wrong += judged(before, scene.seen(), scene.truth, scene.whose, told.rows) + unfinished(scene.seen(), scene.truth, exact=True)
    last = scene.night("renamed")
    return wrong + ([f"one more night wrote {last.written} times; {last.error}"] if last.written or last.error else [])


def _run_of(scene: Scene, dag: str, kind: str) -> Run:
    key = RunKey(dag, kind, _RUN_ID)
    return Run(load_district(scene.town.file), scene.target, key.name, kind, "bench", NOON, allow_large_change=True, origin=key)


def two_dags(scene: Scene) -> list[str]:
    """Neither run meets the other's folder, and the second one has nothing left to send."""
    scene.canvas, before = "graded", scene.seen()
    runs = [_run_of(scene, "nightly_sync", "nightly"), _run_of(scene, "another_dag", "nightly")]
    told = [scene.night(run=run) for run in runs]
    wrong = [one.error for one in told if one.error] + _apart(runs)
    wrong += judged(before, scene.seen(), scene.truth, scene.whose, told[1].rows)
    return wrong + ([f"the second run wrote {told[1].written} times"] if told[1].written else []) + settled(scene)


def two_dags_at_once(scene: Scene) -> list[str]:
    """Both run at the same time: whatever becomes of either, nothing is lost or sent twice."""
    scene.canvas, before = "graded", scene.seen()
    runs = [_run_of(scene, "nightly_sync", "nightly"), _run_of(scene, "another_dag", "nightly")]
    children = [Child.run(lambda run=run: scene.night(run=run).error) for run in runs]  # type: ignore[misc]  # bound at once
    ends = [child.wait() for child in children]
    wrong = [f"ended with {end.error or end.signal}" for end in ends if end.error or end.signal]
    wrong += [] if any(end.told == "" for end in ends) else [f"neither run got through: {[end.told for end in ends]}"]
    scene.town.nights += 2
    return wrong + _apart(runs) + judged(before, scene.seen(), scene.truth, scene.whose, ()) + settled(scene)


def _apart(runs: list[Run]) -> list[str]:
    """What is wrong where two runs do not say which one they are, each in a folder of its own."""
    roots = {str(run.folder.root) for run in runs}
    told = [dict(cast("dict[str, str]", run.folder.read_json("run"))).get("dag_id") for run in runs if run.folder.exists("run.json")]
    return [] if len(roots) == len(runs) and told == [run.origin.dag_id for run in runs if run.origin] else [f"runs {roots} are told apart as {told}"]


def two_kinds(scene: Scene) -> list[str]:
    """A run that finds another one's files under its name stops and names both."""
    scene.canvas = "graded"
    district = load_district(scene.town.file)
    one, two = (Run(district, scene.target, "one-name", kind, "bench", NOON, allow_large_change=True) for kind in ("nightly", "on_demand"))
    first = scene.night(run=one)
    wrong = [first.error] if first.error else []
    return wrong + _stopped(scene, "nightly run one-name", "on_demand run one-name", run=two) + settled(scene)


def _second_target(scene: Scene, **more: str) -> None:
    scene.settings(lambda told: told["targets"].update(again={**told["targets"][scene.target], **more}))
    scene.town.extras["again"] = scene.town.extras[scene.target]


def two_targets_told(scene: Scene) -> list[str]:
    """Two targets of one account and one connection are refused before anything is read; both are named."""
    _second_target(scene)
    scene.canvas = "graded"
    wrong = [one for target in ("again", scene.target) for one in _stopped(scene, "again", scene.target, target=target)]
    scene.settings(lambda told: told["targets"].pop("again"))
    return wrong + settled(scene)


def two_targets(scene: Scene) -> list[str]:
    """The second target, over an account above the first one's, writes nothing and names the first one, which goes on as before."""
    _second_target(scene, canvas_account="1")
    return _second_night(scene) + settled(scene)


def two_targets_far(scene: Scene) -> list[str]:
    """The same where the second target knows the SIS under another address."""
    _second_target(scene, canvas_account="1")
    scene.lead_to("elsewhere")
    wrong = _second_night(scene)
    scene.lead_to(scene.target)
    return wrong + settled(scene)


def _second_night(scene: Scene) -> list[str]:
    before, scene.canvas = scene.seen(), "graded"
    told = scene.night("again")
    wrong = [f"the second target wrote {told.written} times"] if told.written else []
    wrong += [] if scene.seen() == before else ["the SIS changed"]
    named = [str(row["message"]) for row in told.rows if row["sis_section_id"] == _first_section(scene)]
    return wrong + unnamed([*named, told.error], f"target {scene.target}")
