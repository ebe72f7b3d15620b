"""What `make sync` asks of Airflow's REST API, against a small server that answers as Airflow does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from embedded.api import AirflowApi
from embedded.settings import Settings
from include.errors import UnavailableError

MOST = 100


class Small(BaseHTTPRequestHandler):
    """A run of 250 task instances, of which a page holds a hundred at most, whatever limit is asked for."""

    rows = tuple({"task_id": f"batch.{stage}", "state": "success"} for stage in ("extract", "load") for _ in range(125))

    def do_GET(self) -> None:
        """Answer with a page, or cut the connection where tasks would ask."""
        if urlsplit(self.path).path.startswith("/execution"):
            self.connection.close()
            return
        asked = {name: int(values[0]) for name, values in parse_qs(urlsplit(self.path).query).items() if values[0].isdecimal()}
        body = json.dumps({"task_instances": self.rows[asked["offset"] : asked["offset"] + min(asked["limit"], MOST)]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[AirflowApi]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Small)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield AirflowApi(Settings(tmp_path, {"GRADESYNC_UI_PORT": str(server.server_address[1])}), "password")
    server.shutdown()
    server.server_close()


def test_the_progress_of_a_large_district_counts_every_batch(api: AirflowApi) -> None:
    assert {name: counter.total() for name, counter in api.tasks("dag", "run").items()} == {"extract": 125, "load": 125}


def test_a_server_that_has_no_api_for_tasks_is_named(api: AirflowApi) -> None:
    with pytest.raises(UnavailableError, match="API for tasks"):
        api.warm_up()
