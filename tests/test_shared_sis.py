"""The check names targets that would write to the same SIS sections (I-6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from include.canvas.client import CanvasClient
from include.connection import Connection
from include.district import ROOT, Target, load_district
from include.errors import ConfigError
from include.shared_sis import shared
from tests.sandbox.canvas_caller import canvas


@pytest.mark.parametrize(
    ("accounts", "servers", "named"),
    [
        (("11", "1"), ("sis", "sis"), True),
        (("1", "11"), ("sis", "sis"), True),
        (("11", "11"), ("sis", "sis"), True),
        (("11", "1"), ("sis", "other"), False),
        (("11", "12"), ("sis", "sis"), False),
    ],
    ids=["contains", "contained", "same account over two connections", "two SIS", "apart"],
)
def test_i6_the_check_names_two_targets_that_lead_to_the_same_sis_sections(accounts: tuple[str, str], servers: tuple[str, str], named: bool) -> None:
    base = load_district(ROOT / "config" / "district.yaml").target("genesis")
    one, two = (replace(base, name=name, canvas_account=account) for name, account in zip(("one", "two"), accounts, strict=True))
    address = dict(zip(("one", "two"), servers, strict=True))
    with canvas() as bay:
        found = shared([one, two], lambda target: address[target.name], lambda: CanvasClient(Connection("c", bay.url, password="canvas-full-token")))
    assert list(found) == (["two"] if named else [])
    assert all(word in text for texts in found.values() for text in texts for word in ("one", "two", *accounts))


def test_i6_a_connection_that_cannot_be_used_spoils_no_check() -> None:
    base = load_district(ROOT / "config" / "district.yaml").target("genesis")

    def broken(_: Target) -> str:
        raise ConfigError("no such connection")

    assert shared([base, replace(base, name="two")], broken, lambda: pytest.fail("nothing to ask Canvas")) == {}
