"""`.env`, the installation's own secrets, and the environment that Airflow gets."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from embedded.settings import airflow_environment, made_secrets, read_settings
from include.errors import ConfigError


def settings(folder: Path, text: str = "", **environ: str):
    (folder / ".env").write_text(text, encoding="utf-8")
    return read_settings(folder, environ)


def test_env_wins_over_the_example_and_the_shell_over_both(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("GRADESYNC_UI_PORT=1111\nGRADESYNC_SANDBOX_SEED=3\n", encoding="utf-8")
    assert read_settings(tmp_path, {}).ui_port == 1111
    found = settings(tmp_path, "GRADESYNC_UI_PORT=2222\nGRADESYNC_SANDBOX_PORT=9000\n", GRADESYNC_SANDBOX_PORT="9100", OTHER="x")
    assert (found.ui_port, found.sandbox_port, found.sandbox_seed) == (2222, 9100, 7)
    assert "OTHER" not in found.values


def test_neither_env_nor_example(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no \.env and no \.env\.example"):
        read_settings(tmp_path, {})


def test_json_in_quotes_is_read_as_it_stands(tmp_path: Path) -> None:
    found = settings(tmp_path, """AIRFLOW_CONN_A='{"password": "a$b#c"}'\n""")
    assert found.values["AIRFLOW_CONN_A"] == '{"password": "a$b#c"}'
    assert "a$b#c" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value", "attribute", "told"),
    [
        ("GRADESYNC_UI_PORT", "http", "ui_port", 'GRADESYNC_UI_PORT: "http" is not valid. Use a whole number from 1 to 65535'),
        ("GRADESYNC_UI_PORT", "70000", "ui_port", "Use a whole number from 1 to 65535"),
        ("GRADESYNC_SANDBOX_PORT", "65535", "sandbox_port", "Use a whole number from 1 to 65529"),
        ("GRADESYNC_SANDBOX", "yes", "sandbox", 'GRADESYNC_SANDBOX: "yes" is not valid. Use 0, 1'),
        ("GRADESYNC_SANDBOX_SIZE", "huge", "sandbox_size", "Use small, demo, large"),
    ],
)
def test_f5_a_wrong_setting_is_named_with_what_is_allowed(tmp_path: Path, name: str, value: str, attribute: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        getattr(settings(tmp_path, f"{name}={value}\n"), attribute)


def test_f12_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    found = settings(tmp_path)
    made = made_secrets(found)
    assert made == made_secrets(found)
    assert len(set(made.values())) == 4
    assert stat.S_IMODE((tmp_path / ".airflow" / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / ".airflow").stat().st_mode) == 0o700


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert made_secrets(settings(tmp_path / "a")) != made_secrets(settings(tmp_path / "b"))


def test_airflow_gets_our_settings_and_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    found = settings(tmp_path, "AIRFLOW_CONN_A='{}'\nAIRFLOW__CORE__PARALLELISM=2\nPOSTGRES_PASSWORD=pw\nAIRFLOW_CONN_EMPTY=\n")
    env = airflow_environment(found, made_secrets(found))
    assert env["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert env["AIRFLOW__CORE__PARALLELISM"] == "2"
    assert env["AIRFLOW_CONN_A"] == "{}"
    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert "POSTGRES_PASSWORD" not in env
    assert "AIRFLOW_CONN_EMPTY" not in env


def test_people_whom_an_admin_added_keep_their_passwords(tmp_path: Path) -> None:
    found = settings(tmp_path)
    made = made_secrets(found)
    file = Path(airflow_environment(found, made)["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    file.write_text(json.dumps({"admin": "an old one", "uma": "hers"}), encoding="utf-8")
    airflow_environment(found, made)
    assert json.loads(file.read_text(encoding="utf-8")) == {"admin": made["admin"], "uma": "hers"}
