"""Speed and memory of the run's pages: a grades log of a million rows behind a real Airflow API server.

    python -m benchmarks.pages --rows 1000000

Writes a night with so many scores and the tables that belong to it, and a preview with as many planned ones; starts `airflow api-server` (simple auth
manager, SQLite), and asks for every tab, the first page, a sort by each column, deep pages, filters, and CSV, as a browser does. Prints seconds per
request (CSV: to the first bytes, and to the last), the server's processor time for it, which a busy machine does not change, and by how much the
server's memory grew; both measured over the whole process tree.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import requests
import yaml

from include.district import ROOT, load_district
from include.gradebook.schemas import ASSIGNMENTS_SYNC, COURSES, FILTERED_CANVAS_DATA, GRADES_LOG, MESSAGES, Frame
from include.sync import history, state
from include.sync.run import Run
from include.sync.tally import tally

PORT, PASSWORD = 18_977, "benchmark"
BATCH = 57_000
"""Rows of a row group: a run writes one per batch, and so many scores make a batch of the default size."""
SORTS = ("assignment_name", "section_name", "student_name", "submitted_score", "status", "finished_at", "message")


def grades(rows: int) -> pd.DataFrame:
    """A grades log: 100 students an assignment, 20 assignments a course, one in twenty refused."""
    rng, at = np.random.default_rng(7), np.arange(rows)
    course, assignment, student = at // 2000, at // 100, at % 100 + at // 2000 * 100
    text = lambda values: pd.Series(values).astype("str")  # noqa: E731  # a one-word shorthand for a dozen columns
    failed = rng.random(rows) < 0.05
    return GRADES_LOG.conform(pd.DataFrame({
        "run_id": "bench", "target": "synergy", "canvas_course_id": text(course + 1000), "canvas_assignment_id": text(assignment + 50_000),
        "assignment_name": "Essay " + text(assignment % 37) + " on causes", "canvas_section_id": text(course * 2 + at // 50 % 2),
        "section_name": "Period " + text(course % 8), "sis_section_id": "SEC-" + text(course), "sis_assignment_id": "asg-" + text(assignment),
        "canvas_user_id": text(student + 200_000), "sis_user_id": "P" + text(student), "student_name": text(student % 9973) + "son, Kim",
        "submitted_score": rng.integers(0, 401, rows) / 4, "late": rng.random(rows) < 0.05, "action": "create",
        "status": np.where(failed, "failed", np.where(at % 3, "updated", "unchanged")),
        "reason_code": pd.Series(np.where(failed, "SIS-REFUSED", None)),
        "message": pd.Series(np.where(failed, "The SIS refused it.", None)),
        "finished_at": pd.Timestamp("2026-11-13T06:00:00Z") + pd.to_timedelta(at * 10, unit="ms"),
    }))  # fmt: skip


def around(log: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables beside a grades log: its assignments, a message for each score that was refused, counts of what was kept and withheld."""
    copies = log.drop_duplicates(["canvas_assignment_id", "canvas_section_id"])
    dated = copies.assign(category="HW", due_date="2026-11-02", points_possible=100.0, scores_sent=47, scores_failed=3)
    refused = log[log["status"] == "failed"].assign(severity="error", type="SIS-REFUSED", stage="load", who="admin", next="Open the gradebook.")
    told = refused.assign(message="The SIS refused it: " + refused["section_name"].astype("str") + " is closed.")
    counted = copies.groupby("canvas_course_id", as_index=False).size().rename(columns={"size": "count"})
    kinds = [("section", "kept", None), ("assignment", "kept", None), ("grade", "kept", None), ("grade", "withheld", "GP-BLANK")]
    reasons = [counted.assign(kind=kind, outcome=outcome, reason_code=pd.Series([code] * len(counted))) for kind, outcome, code in kinds]
    filtered = pd.concat(reasons)
    frames = ((ASSIGNMENTS_SYNC, dated), (MESSAGES, told), (FILTERED_CANVAS_DATA, filtered.assign(run_id="bench", target="synergy")))
    return {frame.name: _conformed(frame, rows) for frame, rows in frames} | {GRADES_LOG.name: log}


def _conformed(frame: Frame, rows: pd.DataFrame) -> pd.DataFrame:
    return frame.conform(rows.reindex(columns=[name for name in rows.columns if name in frame.columns]).reset_index(drop=True))


def prepare(folder: Path, rows: int) -> None:
    """A district with one night of that size, and a preview of one."""
    target = {"synergy": {"sis": "synergy", "connection": "c", "canvas_account": "1"}}
    text = {"time_zone": "America/New_York", "canvas": {"connection": "c"}, "artifacts": str(folder / "artifacts"), "targets": target}
    file = folder / "district.yaml"
    file.write_text(yaml.safe_dump({**text, "state": f"sqlite:///{folder}/state.db"}), encoding="utf-8")
    district = load_district(file)
    state.upgrade(district.state)
    log = grades(rows)
    for name, made in (
        ("bench", log),
        ("planned", GRADES_LOG.conform(log.assign(status="planned", reason_code=None, message=None, finished_at=pd.NaT))),
    ):
        run = Run(district, "synergy", name, "nightly", "schedule", datetime.now(UTC), preview=name == "planned")
        built = around(made)
        for table, frame in built.items():
            with run.folder.create(f"{table}.parquet") as kept:
                pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), kept, compression="zstd", row_group_size=BATCH)
        history.start(state.engine(district.state), run, COURSES.empty())
        history.finish(state.engine(district.state), run, {"status": "Completed", "artifacts": str(run.folder.root)}, tally(built))


@contextmanager
def server(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An API server of its own."""
    (folder / "passwords.json").write_text(f'{{"vic": "{PASSWORD}"}}', encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GRADESYNC_"))}
    env = inherited | {
        "AIRFLOW_HOME": str(folder), "PYTHONPATH": str(ROOT), "GRADESYNC_DISTRICT": str(folder / "district.yaml"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"), "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "vic:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "passwords.json"), "AIRFLOW__API_AUTH__JWT_SECRET": "benchmark" * 8,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db", "AIRFLOW__API__HOST": "127.0.0.1", "AIRFLOW__API__PORT": str(PORT),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{PORT}",
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        airflow = [sys.executable, "-m", "airflow"]
        subprocess.run([*airflow, "db", "migrate"], env=env, check=True, stdout=log, stderr=log)  # noqa: S603  # our own command
        process = subprocess.Popen([*airflow, "api-server"], env=env, stdout=log, stderr=log)  # noqa: S603  # our own command
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def memory(process: subprocess.Popen[bytes]) -> float:
    """MiB of the process and its children."""
    parent = psutil.Process(process.pid)
    return sum(part.memory_info().rss for part in (parent, *parent.children(recursive=True))) / 2**20


@contextmanager
def watched(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Print by how much the process grew at most while the block ran."""
    seen, done = [memory(process)], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            seen.append(memory(process))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    print(f"memory: {seen[0]:.0f} MiB before, {max(seen):.0f} MiB at most, {max(seen) - seen[0]:.0f} MiB more")  # noqa: T201  # a command's own output


def logged_in(base: str) -> requests.Session:
    """A session with a viewer's login, once the server answers."""
    session, who = requests.Session(), {"username": "vic", "password": PASSWORD}
    for _ in range(240):
        try:
            token = session.post(f"{base}/auth/token", json=who, timeout=5).json()["access_token"]
            break
        except requests.RequestException:
            time.sleep(0.5)
    session.headers["Authorization"] = f"Bearer {token}"
    session.get(f"{base}/api/v2/dags", timeout=60).raise_for_status()
    return session


def address(run: str, path: str) -> str:
    """A page of this run, or of one beside it."""
    return f"{run.rpartition('/')[0]}{path.removeprefix('/..')}" if path.startswith("/..") else run + path


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), rows)
        with server(Path(name)) as process:
            base = f"http://127.0.0.1:{PORT}"
            session = logged_in(base)
            with watched(process):
                measure(session, f"{base}/gradesync/runs/synergy", rows, process)


def worked(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor time of the process and its children so far."""
    parent = psutil.Process(process.pid)
    return sum(sum(part.cpu_times()[:2]) for part in (parent, *parent.children(recursive=True)))


def measure(session: requests.Session, runs: str, rows: int, process: subprocess.Popen[bytes]) -> None:
    """Ask for each page twice, and print the second (the first builds the app)."""
    run, last = f"{runs}/bench", rows // 10
    asked = {"overview": "", "Filtered Canvas Data": "/filtered", "Assignments Sync": "/assignments", "its last page": "/assignments?page=2000"}
    asked |= {
        "sort assignments": "/assignments?sort=assignment_name&dir=desc",
        "Warnings & Errors": "/messages",
        "opened": "/messages?type=SIS-REFUSED",
    }
    asked |= {
        "Plan": "/../planned/plan",
        "its page 1000": "/../planned/plan?sent=1000",
        "first page": "/grades",
        "middle page": f"/grades?page={last // 2}",
        "last page": f"/grades?page={last}",
    }
    asked |= {f"sort {name} {way}": f"/grades?sort={name}&dir={way}" for name in SORTS for way in ("asc", "desc")}
    asked |= {"sort student_name, middle": f"/grades?sort=student_name&page={last // 2}"}
    asked |= {f"filter {query}": f"/grades?{query}" for query in ("student=7son", "student_id=200777", "status=failed&assignment=essay+1", "log=yes")}
    for name, path in asked.items():
        seconds = []
        for _ in range(2):
            begun, work = time.perf_counter(), worked(process)
            session.get(address(run, path), timeout=120).raise_for_status()
            seconds.append(time.perf_counter() - begun)
        print(f"{name:36} {seconds[1]:6.2f} s, {worked(process) - work:.2f} s of processor   (first {seconds[0]:.2f} s)")  # noqa: T201  # a command's own output
    for query in ("", "?status=failed&student=7son"):
        begun = time.perf_counter()
        with session.get(f"{run}/grades_log.csv{query}", stream=True, timeout=300) as answer:
            parts = answer.iter_content(65_536)
            size = len(next(parts))
            start = time.perf_counter() - begun
            size += sum(len(part) for part in parts)
        print(f"CSV {query:32} {start:6.2f} s to start, {time.perf_counter() - begun:.1f} s for {size / 2**20:.0f} MiB")  # noqa: T201  # a command's own output


if __name__ == "__main__":
    main()
