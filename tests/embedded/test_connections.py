"""The start-up check: everything that is missing, one sentence each, before anything is started."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import embedded.connections
import embedded.sync
from embedded.connections import Missing, connection, missing, worth_knowing
from embedded.settings import Settings
from embedded.sync import NotReadyError
from include.district import ROOT, Target, load_district
from include.district_file import Extract
from include.errors import AccessError, ConfigError
from tests.sandbox.canvas_caller import canvas


def settings(tmp_path: Path, **values: str) -> Settings:
    return Settings(tmp_path, values)


def test_f5_every_connection_that_is_not_there_is_named(tmp_path: Path) -> None:
    district = load_district(ROOT / "config" / "district.yaml")
    told = missing(settings(tmp_path), district).sentences
    assert told == [
        f"connection {name}: AIRFLOW_CONN_{name.upper()} is not in .env. Add it; .env.example shows its form"
        for name in ("canvas_default", *(f"{target}_default" for target in district.targets))
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("secret", r"AIRFLOW_CONN_C is not JSON \(Expecting value, character 0\)"),
        ('["secret"]', "must be a JSON object"),
        ('{"extra": "secret"}', "must be a JSON object, and so must its extra"),
    ],
)
def test_f12_a_connection_that_cannot_be_read_is_never_shown(tmp_path: Path, value: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        connection(settings(tmp_path, AIRFLOW_CONN_C=value), "c")
    assert "secret" not in str(error.value)


def test_the_same_fields_as_in_airflow(tmp_path: Path) -> None:
    found = connection(settings(tmp_path, AIRFLOW_CONN_C='{"host": "h", "login": "l", "password": "p", "extra": {"version": "1.2"}}'), "c")
    assert (found.id, found.host, found.login, found.password, dict(found.extra)) == ("c", "https://h", "l", "p", {"version": "1.2"})


def test_i9_a_check_that_fails_or_crashes_concerns_its_own_target_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    district = load_district(ROOT / "config" / "district.yaml")
    checked = embedded.connections._sis

    def check(where: Settings, target: Target) -> list[str]:
        if target.name == "synergy":
            raise KeyError("imsx_codeMinor")
        if target.name == "genesis":
            raise AccessError("connection genesis_default: the SIS rejected the client ID or secret (HTTP 401). Renew them")
        return [] if target.name == "schooltool" else checked(where, target)

    monkeypatch.setattr(embedded.connections, "_sis", check)
    monkeypatch.setattr(embedded.connections, "_canvas", lambda *_: ([], {"14": ["account 14 is not visible"]}))
    found = missing(settings(tmp_path), district)
    assert found.canvas == []
    assert sorted(found.targets) == ["genesis", "infinite_campus", "powerschool", "synergy"]
    assert found.targets["genesis"] == ["connection genesis_default: the SIS rejected the client ID or secret (HTTP 401). Renew them"]
    [crash] = found.targets["synergy"]
    assert crash.startswith("connection synergy_default: the check did not finish: an internal error in Grade Sync (KeyError at ")
    assert found.targets["infinite_campus"][0] == "account 14 is not visible"


def test_i9_targets_that_cannot_run_stop_a_sync_only_when_none_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    district = replace(load_district(ROOT / "config" / "district.yaml"), broken={"west": ("targets.west.sis: x",)})
    every = {name: ["away"] for name in district.targets}
    some = {"genesis": every["genesis"]}
    monkeypatch.setattr(embedded.sync, "missing", lambda *_: Missing([], some))
    assert embedded.sync._unready(settings(tmp_path), district) == {"west": ("targets.west.sis: x",), "genesis": ["away"]}
    for found in (Missing(["Canvas is away"], {}), Missing([], every)):
        monkeypatch.setattr(embedded.sync, "missing", lambda *_, found=found: found)
        with pytest.raises(NotReadyError, match="away"):
            embedded.sync._unready(settings(tmp_path), district)


@pytest.mark.parametrize("extract", [Extract(mode="listed"), Extract(skip_idle=True)], ids=["listed", "skip_idle"])
def test_f5_a_list_that_canvas_does_not_give_is_named_where_nights_go_by_it(tmp_path: Path, extract: Extract) -> None:
    district = load_district(ROOT / "config" / "district.yaml")
    one = replace(district.target("genesis"), canvas_account="1", extract=extract)
    with canvas() as bay:
        bay.admin("settings", bulk_sis_grade_export=False)
        told = json.dumps({"host": bay.url, "password": "canvas-full-token"})
        place = settings(tmp_path, AIRFLOW_CONN_CANVAS_DEFAULT=told)
        by_list, plain = (replace(district, targets={"genesis": each}) for each in (one, replace(one, extract=Extract())))
        found = worth_knowing(place, by_list)
        assert len(found) == 1
        assert re.search(r"account 1 cannot be read .*is not enabled.*all its courses are read fully. Turn on 'bulk SIS grade export'", found[0])
        assert not [sentence for sentence in missing(place, by_list).sentences if "canvas_default" in sentence], "it stops nobody"
        assert worth_knowing(place, plain) == []
        bay.admin("settings", bulk_sis_grade_export=True)
        assert worth_knowing(place, by_list) == []
