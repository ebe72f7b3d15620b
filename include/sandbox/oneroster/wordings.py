"""What each vendor says when it refuses: HTTP status, minor code and the sentence, by the name of the rule.

No vendor publishes its texts (sis-error-codes.md §2 to §5: titles and causes only), so the sentences are our own; causes are theirs.
`{value}` is what was sent, `{limit}` what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal, as a template."""

    status: int
    minor: str
    sentence: str


_NO, _GONE, _CLASH = "invaliddata", "unknownobject", "invaliddata"

STANDARD: Mapping[str, Refusal] = {
    "name_empty": Refusal(422, _NO, "The line item has no title"),
    "name_long": Refusal(422, _NO, "The title has {value} characters; at most {limit} are allowed"),
    "name_characters": Refusal(422, _NO, "The title holds characters that are not allowed: {value}"),
    "name_taken": Refusal(409, _CLASH, "The class already has an assignment titled {value}"),
    "points_zero": Refusal(422, _NO, "resultValueMax must be greater than zero"),
    "due_missing": Refusal(422, _NO, "dueDate is required"),
    "due_outside": Refusal(422, _NO, "dueDate {value} is outside the term of the class ({limit})"),
    "category_missing": Refusal(422, _NO, "category is required"),
    "category_unknown": Refusal(422, _NO, "The category {value} does not exist in this class"),
    "category_deleted": Refusal(422, _NO, "The category {value} has been deleted"),
    "class_unknown": Refusal(404, _GONE, "Unknown object: there is no class with the sourcedId {value}"),
    "class_changed": Refusal(422, _NO, "The class of an existing line item cannot be changed"),
    "school_wrong": Refusal(422, _NO, "The school {value} is not the school of the class"),
    "session_unknown": Refusal(422, _NO, "There is no academic session with the sourcedId {value}"),
    "scale_unknown": Refusal(422, _NO, "There is no score scale with the sourcedId {value}"),
    "term_not_begun": Refusal(422, _NO, "The term of the class begins on {limit}"),
    "unlocked": Refusal(409, _CLASH, "The assignment is not locked for third parties"),
    "not_ours": Refusal(409, _CLASH, "The line item belongs to the system and cannot be changed from outside"),
    "line_item_unknown": Refusal(404, _GONE, "Unknown object: there is no line item with the sourcedId {value}"),
    "line_item_changed": Refusal(422, _NO, "The line item and student of an existing result cannot be changed"),
    "student_unknown": Refusal(404, _GONE, "Unknown object: there is no student with the sourcedId {value}"),
    "student_not_enrolled": Refusal(422, _NO, "The student {value} is not enrolled in class {limit}"),
    "score_missing": Refusal(422, _NO, "score is required"),
    "score_not_numeric": Refusal(422, _NO, "The score must be a number"),
    "vendor_header": Refusal(401, "unauthorisedrequest", "The x-vendor-authorization header is missing or not valid"),
}


def _said(status: int | None = None, **sentences: str) -> dict[str, Refusal]:
    """The standard's refusals with a vendor's own sentences and, if given, its one status for bad data."""
    told = {name: replace(refusal, sentence=sentences.get(name, refusal.sentence)) for name, refusal in STANDARD.items()}
    if status is None:
        return told
    return {name: replace(refusal, status=status) if refusal.status == 422 else refusal for name, refusal in told.items()}


GENESIS = _said(
    400,
    category_missing="A gradebook category must be given for the assignment",
    category_unknown="Category {value} is not set up in this gradebook",
    category_deleted="Category {value} is no longer set up in this gradebook",
    score_missing="A score must be given",
    student_not_enrolled="Student {value} is not scheduled into section {limit}",
)

SYNERGY = _said(
    name_long="Assignment name is too long: {value} characters, {limit} allowed",
    name_characters="Assignment name contains special characters: {value}",
    name_taken="Duplicate assignment: {value} already exists in this class",
    points_zero="Points possible must be greater than zero",
    category_missing="An assignment type must be given",
    category_unknown="Assignment type {value} does not match any assignment type of the class",
    category_deleted="Assignment type {value} has been deleted",
    unlocked="Third Party Readonly is turned off for this assignment",
    student_not_enrolled="Student {value} is not enrolled in class {limit}",
)

SCHOOLTOOL = _said(
    400,
    name_long="Assignment name must be {limit} characters or less, it has {value}",
    due_missing="The assignment must have a due date",
    category_missing="The assignment must have a category",
    category_unknown="No gradebook category matches {value} for this section",
    category_deleted="The gradebook category {value} was removed",
    score_missing="A numeric score is required",
    score_not_numeric="Scores must be numeric",
    student_not_enrolled="Student {value} is not in this section ({limit})",
)

INFINITE_CAMPUS = _said(
    name_long="Assignment name exceeds {limit} characters ({value})",
    name_taken="An assignment named {value} already exists in this section",
    due_missing="A due date is required",
    due_outside="Due date {value} is not within an open grading period of the section ({limit})",
    category_unknown="Category {value} is not aligned to this section",
    category_deleted="Category {value} is no longer active",
    class_unknown="Could not determine class or grading period: no section {value}",
    not_ours="The grading task or standard is owned by Campus and cannot be changed",
    student_not_enrolled="Unable to process score: student {value} is not on the roster of section {limit}",
    score_not_numeric="Unable to process score: the value is not a number",
    vendor_header="Vendor authorization is missing or invalid for grade book endpoints",
)
