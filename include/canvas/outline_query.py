"""The GraphQL document that asks for outlines: of each course its lists, with its students or without, and what changed of its submissions.

Names are Canvas's own in REST, given as aliases, so that an answer's rows are read by the same types as REST's (canvas-api.md §4.3).
"""

from __future__ import annotations

from collections.abc import Sequence

MOST = 100  # rows of a connection: more are never given, and a list that goes on is not used

_ASSIGNMENT = """id: _id name description points_possible: pointsPossible grading_type: gradingType submission_types: submissionTypes
published post_to_sis: postToSis omit_from_final_grade: omitFromFinalGrade created_at: createdAt
due_at: dueAt(applyOverrides: false) unlock_at: unlockAt(applyOverrides: false)
only_visible_to_overrides: onlyVisibleToOverrides visible_to_everyone: visibleToEveryone
group: assignmentGroup { id: _id } overridden: assignmentOverrides(first: 1) { nodes { id: _id } }"""
_SUBMISSION = """assignment_id: assignmentId user { id: _id } score excused late missing
graded_at: gradedAt posted_at: postedAt workflow_state: state"""
_STATES = "submitted, unsubmitted, pending_review, graded, ungraded"  # by default Canvas leaves `unsubmitted` out
_PAGE = "pageInfo { hasNextPage }"
_FRAGMENTS = {
    "Work": f"""
  sections: sectionsConnection(first: {MOST}) {{ nodes {{ id: _id name sis_section_id: sisId }} {_PAGE} }}
  groups: assignmentGroupsConnection(first: {MOST}) {{ nodes {{ id: _id name }} {_PAGE} }}
  assignments: assignmentsConnection(first: {MOST}, filter: {{gradingPeriodId: null}}) {{ nodes {{ {_ASSIGNMENT} }} {_PAGE} }}
""",
    "People": f"""
  students: enrollmentsConnection(first: {MOST}, filter: {{types: [StudentEnrollment, StudentViewEnrollment],
    states: [active, invited, inactive, completed]}}) {{
    nodes {{ type state section {{ id: _id }} user {{ id: _id sortable_name: sortableName sis_user_id: sisId }} }} {_PAGE} }}
""",
    "Changed": f"""
  changed: submissionsConnection(first: {MOST}, filter: {{updatedSince: $since, states: [{_STATES}]}}) {{ nodes {{ {_SUBMISSION} }} {_PAGE} }}
""",
}


def query(people: Sequence[bool], changed: Sequence[bool] = ()) -> str:
    """The document for so many courses, each with its students or without, and with what changed since `$since` or without."""
    also = [*changed, *[False] * (len(people) - len(changed))]
    parts = [["Work", *["People"] * with_people, *["Changed"] * with_changed] for with_people, with_changed in zip(people, also, strict=True)]
    asked = [f"c{place}: course(id: $c{place}) {{ {' '.join(f'...{name}' for name in names)} }}" for place, names in enumerate(parts)]
    variables = ", ".join([*(f"$c{place}: ID!" for place in range(len(people))), *["$since: DateTime!"] * any(also)])
    used = "".join(f"\nfragment {name} on Course {{{text}}}" for name, text in _FRAGMENTS.items() if any(name in names for names in parts))
    return f"query Outlines({variables}) {{ {' '.join(asked)} }}{used}\n"
