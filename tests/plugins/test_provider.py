"""What Airflow learns about the package: connection types with forms, hooks that exist, the state database's migrations."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points

import pytest
from pydantic import BaseModel

from include.district import ROOT
from plugins.gradesync_airflow.pools import pools
from plugins.gradesync_airflow.provider import get_provider_info

pytestmark = pytest.mark.airflow


def named(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def test_airflow_finds_the_provider_through_its_entry_point() -> None:
    [found] = [entry for entry in entry_points(group="apache_airflow_provider") if "gradesync" in entry.value]
    assert found.load()() == get_provider_info()
    assert found.dist is not None
    assert found.dist.name == get_provider_info()["package-name"]


def test_airflow_itself_takes_the_connection_types_and_the_migrations() -> None:
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    assert {"canvas", "oneroster", "powerschool"} <= set(manager.hooks)
    assert "plugins.gradesync_airflow.db_manager.GradeSyncDBManager" in manager.db_managers


@pytest.mark.parametrize("kind", get_provider_info()["connection-types"], ids=lambda kind: kind["connection-type"])
def test_each_connection_type_has_a_hook_of_that_type(kind: dict) -> None:
    hook = named(kind["hook-class-name"])
    assert hook.conn_type == kind["connection-type"]  # type: ignore[attr-defined]
    assert callable(hook.test_connection)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", get_provider_info()["connection-types"], ids=lambda kind: kind["connection-type"])
def test_f12_secrets_in_forms_are_password_fields(kind: dict) -> None:
    for name, field in kind["conn-fields"].items():
        secret = any(word in name for word in ("secret", "password", "vendor_key", "token")) and not name.endswith("_url")
        assert (field["schema"].get("format") == "password") is secret, name


def forms() -> list[object]:
    from include.sis.oneroster.profile import Profile
    from include.sis.powerschool.options import Options

    models = {"oneroster": Profile, "powerschool": Options}
    fields = {kind["connection-type"]: kind["conn-fields"] for kind in get_provider_info()["connection-types"]}
    return [pytest.param(models[kind], name, field, id=f"{kind} {name}") for kind in models for name, field in fields[kind].items() if name != "sis"]


@pytest.mark.parametrize(("model", "name", "field"), forms())
def test_f12_a_form_offers_only_what_the_client_takes(model: type[BaseModel], name: str, field: dict) -> None:
    allowed = model.model_json_schema()["properties"][name]
    assert field["schema"].get("enum", [None])[:-1] == allowed.get("enum", [])
    wanted = {"string": "string", "integer": "integer", "number": "integer", "boolean": "boolean"}
    kinds = {one["type"] for one in allowed.get("anyOf", [allowed])} - {"null"}
    assert field["schema"]["type"] == [wanted[kind] for kind in kinds] + ["null"]


def test_f12_every_switch_of_powerschool_is_in_its_form() -> None:
    from include.sis.powerschool.options import Options

    [form] = [kind["conn-fields"] for kind in get_provider_info()["connection-types"] if kind["connection-type"] == "powerschool"]
    assert set(Options.model_fields) - set(form) == {"retry_delay_s", "patience_s"}


def test_pools_as_airflow_imports_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADESYNC_DISTRICT", raising=False)
    told = subprocess.run([sys.executable, "-m", "plugins.gradesync_airflow.pools"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == pools()
    assert pools()["sis_genesis"]["slots"] == 2


def test_the_plugin_is_names_only_for_it_is_loaded_in_every_task() -> None:
    """A heavy import here is paid in each task (airflow-3.3.md, section 3)."""
    source = (ROOT / "plugins" / "gradesync_plugin.py").read_text(encoding="utf-8")
    heavy = ("import pandas", "fastapi", "core_api", "import include.sync", "from include.sync")
    assert not [word for word in heavy if word in source.split("class ")[0]]
