"""A real Airflow with the sandbox, run as `make up` runs it; its users; and an API server with FAB roles over the same data."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests
import yaml

from embedded.settings import airflow_environment, made_secrets, read_settings
from include.district import ROOT
from tests.embedded.installation import Place, free_ports

OURS = {"sec-fetch-site": "same-origin"}
SIMPLE = "admin:admin,vic:viewer,uma:user"
HEAD = "head@district.example"
PASSWORD = "a-password-of-the-tests"
_FAB_PEOPLE = """
import sys
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
with get_application_builder() as builder:
    manager = builder.sm
    manager.sync_roles()
    one = ("Plugins", "DAG:grade_sync_synergy", "DAG Runs", "Website")
    by_hand = ("DAG:grade_sync_on_demand", "DAG:grade_remaster", "DAG:grade_reconcile")
    reads = {"Plugins": ("Plugins",), "OneTarget": one, "OneActs": (*one, *by_hand, "HITL Detail"), "Nothing": ("Website",)}
    acts = {"can_create": ("DAG Runs",), "can_edit": ("DAG Runs", "DAG:grade_sync_synergy", *by_hand, "HITL Detail")}
    wanted = [(role, "can_read", resource) for role, resources in reads.items() for resource in resources]
    wanted += [("OneActs", action, resource) for action, resources in acts.items() for resource in resources]
    for role, action, resource in wanted:
        manager.add_role(role)
        manager.add_permission_to_role(manager.find_role(role), manager.create_permission(action, resource))
    for name, roles in {"fab_admin": ["Admin"], "fab_user": ["User", "Plugins"], "fab_viewer": ["Viewer", "Plugins"],
                        "fab_one": ["OneTarget"], "fab_acts": ["OneActs"], "fab_none": ["Nothing"]}.items():
        manager.add_user(name, name, "Test", name + "@example.org", [manager.find_role(role) for role in roles], password=sys.argv[1])
"""


@dataclass(frozen=True)
class Airflow:
    """A running Airflow: its address, and how people log in."""

    base: str
    passwords: Callable[[str], str]
    place: Place
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, name: str) -> str:
        """This person's login."""
        if name not in self.tokens:
            answer = requests.post(f"{self.base}/auth/token", json={"username": name, "password": self.passwords(name)}, timeout=60)
            answer.raise_for_status()
            self.tokens[name] = answer.json()["access_token"]
        return self.tokens[name]

    def get(self, path: str, name: str = "") -> requests.Response:
        """One of our pages, as this person's browser asks for it; without a name nobody is logged in."""
        cookies = {"_token": self.token(name)} if name else {}
        return requests.get(f"{self.base}/gradesync/{path}", cookies=cookies, timeout=60, allow_redirects=False)

    def post(self, path: str, name: str, form: Mapping[str, str], headers: Mapping[str, str] = OURS) -> requests.Response:
        """A button of one of our pages, as this person's browser presses it; without a name nobody is logged in."""
        cookies = {"_token": self.token(name)} if name else {}
        place = f"{self.base}/gradesync/{path}"
        return requests.post(place, data=dict(form), cookies=cookies, headers=dict(headers), timeout=60, allow_redirects=False)

    def ask(self, method: str, path: str, name: str, body: object = None) -> requests.Response:
        """Airflow's own API, as this person."""
        headers = {"Authorization": f"Bearer {self.token(name)}"}
        return requests.request(method, f"{self.base}/api/v2/{path}", json=body, headers=headers, timeout=60)

    def call(self, method: str, path: str, **body: object) -> dict[str, object]:
        """Airflow's API, as its admin."""
        headers = {"Authorization": f"Bearer {self.token('admin')}"}
        answer = requests.request(method, f"{self.base}/api/v2/{path}", json=body or None, headers=headers, timeout=60)
        answer.raise_for_status()
        return dict(answer.json())

    def start(self, target: str) -> str:
        """A nightly sync of this target, started by hand; the run's id."""
        self.call("PATCH", f"dags/grade_sync_{target}", is_paused=False)
        answer = requests.post(
            f"{self.base}/api/v2/dags/grade_sync_{target}/dagRuns",
            json={"logical_date": None},
            headers={"Authorization": f"Bearer {self.token('admin')}"},
            timeout=60,
        )
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def wait_for(self, target: str, run_id: str, seconds: float = 400) -> str:
        """How a run ended."""
        deadline = time.monotonic() + seconds
        while (state := self.call("GET", f"dags/grade_sync_{target}/dagRuns/{run_id}")["state"]) not in ("success", "failed"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{target} {run_id} is still {state}")
            time.sleep(1)
        return str(state)


def tell(place: Place, address: str) -> None:
    """Name somebody who is told by mail of every target's nights."""
    file = place.home / "config" / "district.yaml"
    text = yaml.safe_load(file.read_text(encoding="utf-8"))
    targets = {name: {**entry, "notify": [address]} for name, entry in text["targets"].items()}
    file.write_text(yaml.safe_dump({**text, "targets": targets}), encoding="utf-8")


@contextmanager
def embedded(place: Place) -> Iterator[Airflow]:
    """`make up` in a folder of its own."""
    process = place.command("up")
    try:
        said = ""
        while "password:" not in said and process.stdout is not None and (line := process.stdout.readline()):
            said += line
        if "password:" not in said:
            raise RuntimeError(said)
        file = place.home / ".airflow" / "passwords.json"
        yield Airflow(f"http://127.0.0.1:{place.env['GRADESYNC_UI_PORT']}", lambda name: json.loads(file.read_text(encoding="utf-8"))[name], place)
    finally:
        process.terminate()
        process.communicate(timeout=90)


@contextmanager
def with_fab(place: Place) -> Iterator[Airflow]:
    """A second API server over the same data, whose people have FAB's roles."""
    settings = read_settings(environ=place.env)
    port = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    fab: Mapping[str, str] = {
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
    }
    env = {**airflow_environment(settings, made_secrets(settings)), **fab}
    subprocess.run([sys.executable, "-c", _FAB_PEOPLE, PASSWORD], env=env, cwd=ROOT, check=True, capture_output=True, timeout=180)
    with (place.home / "fab.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "airflow", "api-server"], env=env, cwd=ROOT, stdout=log, stderr=log)
        try:
            _wait(f"{address}/api/v2/version", process)
            yield Airflow(address, lambda name: PASSWORD, place)
        finally:
            process.terminate()
            process.wait(60)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        try:
            requests.get(address, timeout=5)
            return
        except requests.RequestException:
            if process.poll() is not None:
                break
            time.sleep(0.5)
    raise RuntimeError("the API server did not start")
