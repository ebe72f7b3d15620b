"""The check sees a missing write right, columns that the server lacks, and assignments under an unknown identity (I-10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.powerschool_town import Raw, serving
from tests.sis.powerschool_client import client_of, made


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.admin("DELETE", "faults")
    server.sign_in()
    return server


def test_i10_a_plugin_with_view_only_rights_is_found_by_the_check_and_nothing_is_altered(raw: Raw) -> None:
    raw.settings(rights="view_only")
    before = raw.admin("GET", "state")
    (found,) = client_of(raw).check()
    assert 'requests access="FullAccess"' in found
    assert "Plugin Management Configuration" in found
    assert raw.admin("GET", "state") == before


@pytest.mark.parametrize("column", ["assignment.whocreated", "assignmentscore.whenmodified", "assignment.createdbyplugin", "sections.schoolid"])
def test_i10_a_column_that_the_server_lacks_is_no_missing_right(raw: Raw, column: str) -> None:
    raw.settings(lacking_columns=[column])
    assert client_of(raw).check() == []


def test_i10_a_column_that_is_needed_and_lacking_is_named_and_the_check_goes_on(raw: Raw) -> None:
    raw.settings(lacking_columns=["sections.termid", "assignment.whocreated"], missing_fields=["cc.studentid"])
    found = client_of(raw).check()
    assert len(found) == 2
    assert "no column sections.termid" in found[0]
    assert "does not have permission to read cc.studentid" in found[1]


def test_i10_columns_are_tried_one_by_one_where_the_server_does_not_name_the_one_it_lacks(raw: Raw) -> None:
    raw.fault("refuse", "GET", "/ws/schema/table/cc", times=1, status=400, body={"message": "Invalid column in projection"})
    raw.settings(lacking_columns=["cc.studentid"])
    assert [one for one in client_of(raw).check() if "no column cc.studentid" in one]


def test_the_check_names_the_identity_of_a_signed_plugin(raw: Raw) -> None:
    raw.settings(plugin_identifier="org.example.gradesync")
    made(client_of(raw))
    (found,) = client_of(raw).check()
    assert 'CreatedByPlugin "org.example.gradesync"' in found
    assert "set extra.plugin_identifier" in found
    assert client_of(raw, plugin_identifier="org.example.gradesync").check() == []


def test_the_check_is_clean_where_assignments_were_created_before_the_plugin_was_signed(raw: Raw) -> None:
    made(client_of(raw))
    raw.settings(plugin_identifier="org.example.gradesync")
    made(client_of(raw), our_id="gs-0a-2", name="Quiz 2")
    assert client_of(raw, plugin_identifier="org.example.gradesync").check() == []


@pytest.mark.parametrize("body", ["[]", '{"metadata": [1]}', '{"metadata": {"plugin_id": {"a": 1}, "schema_table_query_max_page_size": "²"}}'])
def test_i7_metadata_of_another_shape_stops_nothing(raw: Raw, body: str) -> None:
    raw.fault("refuse", "GET", "/ws/v1/metadata", times=-1, status=200, body=body)
    client = client_of(raw)
    assert all("connection powerschool_default" in one for one in client.check())
    assert client.read_sections(["85001"]).sections["found"].tolist() == [True]
