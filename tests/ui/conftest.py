"""One Airflow with two synced targets, and one Chromium, for all tests of the pages in a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from include.sync.listing import Wanted, listed
from include.sync.state import engine
from tests.embedded.installation import place
from tests.lasting import in_folder
from tests.mailbox import Mailbox, mailbox
from tests.ui.running import HEAD, SIMPLE, Airflow, embedded, tell, with_fab

TARGETS = ("synergy", "powerschool")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
Open = Callable[..., Page]
Picture = Callable[[Page, str], None]
expect.set_options(timeout=30_000)  # two cores run Airflow, the sandbox and the browser at once


@pytest.fixture(scope="session")
def mails() -> Mailbox:
    """The district's mail server."""
    return in_folder(__file__).enter_context(mailbox())


@pytest.fixture(scope="session")
def airflow(mails: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Running, with one night of each target behind it."""
    folder = tmp_path_factory.mktemp("ui")
    installed = place(folder, TARGETS, AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=SIMPLE, AIRFLOW_CONN_SMTP_DEFAULT=mails.connection)
    tell(installed, HEAD)
    running = in_folder(__file__).enter_context(embedded(installed))
    for target, run_id in [(target, running.start(target)) for target in TARGETS]:
        assert running.wait_for(target, run_id) == "success"
    return running


@pytest.fixture(scope="session")
def night(airflow: Airflow) -> pd.DataFrame:
    """The scores that Synergy's first night sent."""
    runs = listed(engine(f"sqlite:///{airflow.place.home}/state/gradesync.db"), Wanted(("synergy",), mode="nightly"), size=50).rows
    log = pd.read_parquet(Path(str(runs[-1]["artifacts"])) / "grades_log.parquet")
    return log[log["status"] == "updated"]


@pytest.fixture(scope="session")
def fab(airflow: Airflow) -> Airflow:
    """The same data behind FAB's roles."""
    return in_folder(__file__).enter_context(with_fab(airflow.place))


@pytest.fixture(scope="session")
def chromium() -> Browser:
    """The machine's own Chromium, with a profile of its own."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    lasting = in_folder(__file__)
    return lasting.enter_context(lasting.enter_context(sync_playwright()).chromium.launch(executable_path=program, args=FLAGS.split()))


@pytest.fixture
def opened(airflow: Airflow, chromium: Browser) -> Iterator[Open]:
    """Opens a page as somebody, in a theme and a window of some width; complaints of the browser fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str, name: str = "vic", theme: str = "light", width: int = 1280, of: Airflow = airflow) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 800}, accept_downloads=True)
        contexts.append(context)
        context.add_cookies([{"name": "_token", "value": of.token(name), "url": of.base}])
        context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith((of.base, "data:", "blob:")) else None)
        page.goto(of.base + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    """Keeps what a browser shows, under a name; `make screenshots` says where."""
    folder = Path(os.environ.get("SCREENSHOTS_TO") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}.png")
        assert (folder / f"{name}.png").stat().st_size > 10_000

    return keep
