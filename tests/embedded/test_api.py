"""What the embedded commands ask of Airflow's API, while a small machine is too busy to answer every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from embedded import api
from embedded.api import AirflowApi
from embedded.settings import Settings
from include.errors import UnavailableError


class Busy(ThreadingHTTPServer):
    """An Airflow that keeps runs, and answers the next requests with the statuses in `ill`; a negative one it does, but tells it as a failure."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ill: list[int] = []
        self.runs: list[str] = []
        self.asked = 0


class Handler(BaseHTTPRequestHandler):
    server: Busy

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.ill.pop(0) if self.server.ill else 200
        self.server.asked += 1
        if body["dag_run_id"] in self.server.runs:
            status = 409
        elif status == 200 or status < 0:
            self.server.runs.append(body["dag_run_id"])
        self.send_response(abs(status))
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Busy]:
    monkeypatch.setattr(api, "_PAUSE", 0.0)
    with Busy() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def client(busy: Busy, tmp_path: Path) -> AirflowApi:
    return AirflowApi(Settings(tmp_path, {"GRADESYNC_UI_PORT": str(busy.server_port)}), "secret")


@pytest.mark.parametrize("ill", [[], [500], [500, 503, 500, 500], [-500], [500, -500]], ids=["well", "once", "long", "done, told as failed", "both"])
def test_one_run_is_started_however_busy_airflow_is(busy: Busy, tmp_path: Path, ill: list[int]) -> None:
    busy.ill = list(ill)
    assert [client(busy, tmp_path).trigger("grade_sync_genesis")] == busy.runs


def test_it_gives_up_in_the_end(busy: Busy, tmp_path: Path) -> None:
    busy.ill = [500] * 5
    with pytest.raises(UnavailableError, match="responded with HTTP 500 to POST dags/grade_sync_genesis/dagRuns"):
        client(busy, tmp_path).trigger("grade_sync_genesis")
    assert (busy.asked, busy.runs) == (5, [])


def test_what_airflow_refuses_is_not_asked_again(busy: Busy, tmp_path: Path) -> None:
    busy.ill = [403]
    with pytest.raises(UnavailableError, match="responded with HTTP 403"):
        client(busy, tmp_path).trigger("grade_sync_genesis")
    assert busy.asked == 1
