"""Vendors as data: one frozen row per SIS says how its OneRoster provider differs from the standard.

Sources: the sis-*.md pages. Where they mark something unverified the value is a guess that makes clients careful, never one that makes
them comfortable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from include.sandbox.oneroster import wordings
from include.sandbox.oneroster.errors import ErrorShape, RefusedError
from include.sandbox.oneroster.wordings import Refusal


@dataclass(frozen=True)
class VendorTraits:
    """One provider. The defaults are the standard's, with the leniency that the field knows."""

    target: str
    version: Literal["1.1", "1.2"] = "1.1"
    prefix: str = ""  # what stands before /token and /ims
    strict: bool = False  # bodies are held to the standard's every field, format and word
    id_mode: Literal["standard", "modified"] = "standard"  # modified: PUT without an id, the provider allocates it
    auth_oauth1: bool = False  # OAuth 1.0a signed requests are taken too (1.1 only)
    scopes_enforced: bool = True  # else every token may do everything
    token_seconds: int = 3600
    vendor_key: str = ""  # gradebook calls need x-vendor-authorization with this value
    error_shape: ErrorShape = "plain"
    answer_record: bool = False  # PUT answers the record instead of an empty body
    page_limit: int = 10_000  # a larger `limit` is cut to this
    batch_post: bool = False  # 1.2's four POSTs
    class_categories: bool = True  # GET /classes/{c}/categories, which 1.1 does not have
    category_class_id: bool = True  # categories carry metadata.classId
    hidden_as: Literal["absent", "metadata"] = "metadata"  # hidden categories are not listed, or carry metadata.state
    deleted: Literal["gone", "tobedeleted"] = "gone"  # what becomes of a record after DELETE
    end_dates: Literal["inclusive", "exclusive"] = "inclusive"
    keeps: Literal["instant", "utc_day"] = "instant"  # utc_day: dates are cut to the day that they have in UTC
    # what is refused
    name_limit: int | None = None
    name_plain: bool = False  # only letters, digits and common marks
    name_unique: bool = False  # no second assignment of a name in a class
    zero_points: bool = True
    due_required: bool = False
    due_in_term: bool = False
    assign_in_term: bool = False  # the date on which it is assigned, too
    begun_term_only: bool = False
    category_required: bool = True  # else it arrives uncategorized, and an update leaves the category that a teacher filed
    numeric_only: bool = False
    score_required: bool = False  # a number even for exempt
    # the vendor's own ways
    third_party_lock: bool = False  # what we write is locked; an item that a teacher unlocked refuses writes
    details_locked: bool = False  # teachers cannot change name and points of what we wrote
    trash_can: bool = False  # a teacher's delete leaves the item readable and writable until it is purged
    grading_tasks: bool = False  # the class's line items hold grading tasks and standards beside assignments
    wordings: Mapping[str, Refusal] = field(default_factory=lambda: wordings.STANDARD)

    @cached_property
    def rostering_path(self) -> str:
        """Where rostering is served."""
        return f"{self.prefix}/ims/oneroster/{'v1p1' if self.version == '1.1' else 'rostering/v1p2'}"

    @cached_property
    def gradebook_path(self) -> str:
        """Where the gradebook is served."""
        return f"{self.prefix}/ims/oneroster/{'v1p1' if self.version == '1.1' else 'gradebook/v1p2'}"

    @cached_property
    def token_path(self) -> str:
        """Where tokens are given out."""
        return f"{self.prefix}/token"

    def refuse(self, rule: str, value: object = "", limit: object = "") -> RefusedError:
        """The vendor's refusal for a rule, to be raised."""
        told = self.wordings[rule]
        return RefusedError(told.status, told.minor, told.sentence.format(value=value, limit=limit))


def standard(version: Literal["1.1", "1.2"], *, strict: bool = False) -> VendorTraits:
    """A provider with no vendor's rules, for conformance runs: what is optional anywhere is optional here."""
    return VendorTraits(
        target=f"standard {version}", version=version, strict=strict, category_required=strict, due_required=strict, batch_post=version == "1.2"
    )


def lenient(traits: VendorTraits) -> VendorTraits:
    """The same provider without its own rules, as outside conformance suites expect one: what is optional anywhere is optional here."""
    return replace(
        traits,
        strict=False,
        scopes_enforced=False,
        vendor_key="",
        page_limit=10_000,
        class_categories=True,
        deleted="gone",
        name_limit=None,
        name_plain=False,
        name_unique=False,
        zero_points=True,
        due_required=False,
        due_in_term=False,
        begun_term_only=False,
        category_required=False,
        numeric_only=False,
        score_required=False,
    )


TRAITS: Mapping[str, VendorTraits] = {
    # sis-genesis.md: 1.1 below /genesis; keeps the UTC date; trash can; same names allowed; errors wrapped (a shape met in the field)
    "genesis": VendorTraits(
        target="genesis",
        prefix="/genesis",
        scopes_enforced=False,
        error_shape="wrapped",
        class_categories=False,
        hidden_as="absent",
        keeps="utc_day",
        score_required=True,
        trash_can=True,
        wordings=wordings.GENESIS,
    ),
    # sis-synergy.md: names, points and types are checked; third-party lock; hidden and deleted types are told; OAuth 2 only, scopes matter
    "synergy": VendorTraits(
        target="synergy",
        strict=True,
        class_categories=False,
        name_limit=50,
        name_plain=True,
        name_unique=True,
        zero_points=False,
        third_party_lock=True,
        wordings=wordings.SYNERGY,
    ),
    # sis-schooltool.md: due date and number required; signing scheme not stated, so OAuth 1.0a is taken too; small pages
    "schooltool": VendorTraits(
        target="schooltool",
        auth_oauth1=True,
        scopes_enforced=False,
        error_shape="list",
        answer_record=True,
        page_limit=200,
        class_categories=False,
        hidden_as="absent",
        deleted="tobedeleted",
        name_limit=50,
        due_required=True,
        numeric_only=True,
        score_required=True,
        wordings=wordings.SCHOOLTOOL,
    ),
    # sis-infinite-campus.md: 1.2 with batch POSTs, vendor header, uncategorized items, grading tasks among the line items
    "infinite_campus": VendorTraits(
        target="infinite_campus",
        version="1.2",
        strict=True,
        vendor_key="vendor-key:vendor-secret",
        batch_post=True,
        hidden_as="absent",
        end_dates="exclusive",
        name_limit=30,
        name_unique=True,
        due_required=True,
        due_in_term=True,
        category_required=False,
        details_locked=True,
        grading_tasks=True,
        wordings=wordings.INFINITE_CAMPUS,
    ),
}
