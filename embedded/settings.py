"""What `.env` says, where things lie, and the secrets that are made once."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from embedded.example_connections import FIRST_PORT, SYSTEMS, follow_sandbox
from include.errors import ConfigError

PROJECT = Path(__file__).resolve().parent.parent
_LOCKED_SECONDS = 120
"""How long Airflow's processes wait for one another at its SQLite database; with the driver's own five they die on a busy machine."""
AT_ONCE = 4
"""Tasks that run side by side."""
_OURS = ("GRADESYNC_", "AIRFLOW_CONN_", "AIRFLOW__")


@dataclass(frozen=True)
class Settings:
    """One embedded installation. `values` may hold secrets, so it stays out of `repr`."""

    home: Path
    values: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Settings(home={self.home})"

    @property
    def airflow_home(self) -> Path:
        """Airflow's database, logs and our secrets."""
        return self.home / ".airflow"

    @property
    def sandbox_state(self) -> Path:
        """The sandbox servers' journals."""
        return self.home / ".sandbox"

    @property
    def sandbox(self) -> bool:
        """Whether this installation runs against the sandbox."""
        return self._choice("GRADESYNC_SANDBOX", "0", ("0", "1")) == "1"

    @property
    def sandbox_size(self) -> str:
        """How large the generated district is."""
        return self._choice("GRADESYNC_SANDBOX_SIZE", "demo", ("small", "demo", "large"))

    @property
    def sandbox_seed(self) -> int:
        """What the generated district is made from."""
        return self._number("GRADESYNC_SANDBOX_SEED", 7, 2**31)

    @property
    def sandbox_port(self) -> int:
        """Canvas's port; the five SIS take the next five."""
        return self._number("GRADESYNC_SANDBOX_PORT", FIRST_PORT, 65535 - len(SYSTEMS))

    @property
    def ui_port(self) -> int:
        """Port of Airflow's pages."""
        return self._number("GRADESYNC_UI_PORT", 8080, 65535)

    def address(self, system: str) -> str:
        """Base address of one sandbox server."""
        return f"http://127.0.0.1:{self.sandbox_port + SYSTEMS.index(system)}"

    def _choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.values.get(name) or default
        if value not in allowed:
            raise ConfigError(f'{name}: "{value}" is not valid. Use {", ".join(allowed)}')
        return value

    def _number(self, name: str, default: int, highest: int) -> int:
        value = self.values.get(name) or str(default)
        if not value.isdecimal() or not 1 <= int(value) <= highest:
            raise ConfigError(f'{name}: "{value}" is not valid. Use a whole number from 1 to {highest}')
        return int(value)


def read_settings(folder: Path = PROJECT, environ: Mapping[str, str] = os.environ) -> Settings:
    """`.env` of this folder, or `.env.example` where there is none; what the caller's environment sets wins over both.

    The connections of the sandbox follow `GRADESYNC_SANDBOX_PORT` (I-9).
    """
    file = next((folder / name for name in (".env", ".env.example") if (folder / name).is_file()), None)
    if file is None:
        raise ConfigError(f"{folder}: there is no .env and no .env.example. Copy the project's .env.example")
    values = {name: value or "" for name, value in dotenv_values(file, interpolate=False).items()}
    values.update({name: value for name, value in environ.items() if name.startswith(_OURS)})
    return Settings(Path(values.get("GRADESYNC_HOME") or folder).resolve(), follow_sandbox(values))


def own_folder(path: Path) -> Path:
    """A folder that only its owner may enter (F-12)."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def own_file(path: Path, text: str) -> None:
    """A file that only its owner may read, from its first moment on."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def made_secrets(settings: Settings) -> dict[str, str]:
    """The installation's own secrets: made at the first start, then kept."""
    file = own_folder(settings.airflow_home) / "secrets.json"
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return kept
    made = {
        "jwt": secrets.token_urlsafe(64),
        "api": secrets.token_urlsafe(32),
        "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "admin": secrets.token_urlsafe(12),
    }
    own_file(file, json.dumps(made))
    return made


def _passwords(file: Path, admin: str) -> Path:
    """The simple auth manager's file: the admin's password is the installation's, those of other people stay as Airflow has made them."""
    kept = json.loads(file.read_text(encoding="utf-8") or "{}") if file.exists() else {}
    own_file(file, json.dumps({**kept, "admin": admin}))
    return file


def airflow_environment(settings: Settings, secret: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of every Airflow process (reference: airflow-3.3.md, section 1). No other AIRFLOW__ variable gets through."""
    passwords = _passwords(settings.airflow_home / "passwords.json", secret["admin"])
    address = f"http://127.0.0.1:{settings.ui_port}"
    # Bytecode is written, whatever the caller prefers: every task would else compile the product anew.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GRADESYNC_", "PYTHONDONTWRITE"))}
    return {
        **inherited,
        "AIRFLOW_HOME": str(settings.airflow_home),
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "embedded" / "preload")]),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(AT_ONCE),
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__FERNET_KEY": secret["fernet"],
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{settings.airflow_home / 'airflow.db'}?timeout={_LOCKED_SECONDS}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.ui_port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__SECRET_KEY": secret["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": secret["jwt"],
        # Reading the DAG files again is the largest part of what Airflow itself costs, and they change with the district file alone.
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        **{name: value for name, value in settings.values.items() if name.startswith(_OURS) and value},
    }
