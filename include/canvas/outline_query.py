"""The GraphQL document that asks for outlines: of each course its lists, with its students or without, and what changed of its submissions.

Only the courses themselves have aliases: Canvas refuses a document with more than twenty, so every field keeps Canvas's own name, and
`outline_rows.py` reads those (canvas-api.md §4.3).
"""

from __future__ import annotations

from collections.abc import Sequence

_MOST = 100  # rows of a list: Canvas never gives more, and a list that goes on is not used
_PAGE = "pageInfo { hasNextPage }"
_STATES = "submitted, unsubmitted, pending_review, graded, ungraded"  # by default Canvas leaves `unsubmitted` out
_FRAGMENTS = {
    "Work": f"""fragment Work on Course {{
  sectionsConnection(first: {_MOST}) {{ nodes {{ _id name sisId }} {_PAGE} }}
  assignmentGroupsConnection(first: {_MOST}) {{ nodes {{ _id name }} {_PAGE} }}
  assignmentsConnection(first: {_MOST}, filter: {{gradingPeriodId: null}}) {{
    nodes {{
      _id name description pointsPossible gradingType submissionTypes published postToSis omitFromFinalGrade createdAt
      dueAt(applyOverrides: false) unlockAt(applyOverrides: false) onlyVisibleToOverrides visibleToEveryone
      assignmentGroup {{ _id }} assignmentOverrides(first: 1) {{ nodes {{ _id }} }}
    }}
    {_PAGE}
  }}
}}""",
    "People": f"""fragment People on Course {{
  enrollmentsConnection(first: {_MOST}, filter: {{types: [StudentEnrollment, StudentViewEnrollment],
    states: [active, invited, inactive, completed]}}) {{
    nodes {{ type state section {{ _id }} user {{ _id sortableName sisId }} }} {_PAGE}
  }}
}}""",
    "Changed": f"""fragment Changed on SubmissionConnection {{
  nodes {{ assignmentId user {{ _id }} score excused late missing gradedAt postedAt state }} {_PAGE}
}}""",
}


def query(people: Sequence[bool], changed: Sequence[bool] = ()) -> str:
    """The document for so many courses, each with its students or without, and with what changed since its own moment `$s<place>` or without."""
    also = [*changed, *[False] * (len(people) - len(changed))]
    asked = [_course(place, *wanted) for place, wanted in enumerate(zip(people, also, strict=True))]
    variables = [f"$c{place}: ID!" for place in range(len(people))] + [f"$s{place}: DateTime!" for place, wanted in enumerate(also) if wanted]
    used = {"Work": True, "People": any(people), "Changed": any(also)}
    fragments = "\n".join(text for name, text in _FRAGMENTS.items() if used[name])
    return f"query Outlines({', '.join(variables)}) {{ {' '.join(asked)} }}\n{fragments}\n"


def _course(place: int, people: bool, changed: bool) -> str:
    since = f"submissionsConnection(first: {_MOST}, filter: {{updatedSince: $s{place}, states: [{_STATES}]}}) {{ ...Changed }}"
    rights = "permissions { viewAllGrades manageGrades }"  # who may see nobody's scores is shown an empty list, as if nothing had changed
    parts = ["...Work", *["...People"] * people, *[since, rights] * changed]
    return f"c{place}: course(id: $c{place}) {{ {' '.join(parts)} }}"
