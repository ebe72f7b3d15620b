"""The columns of every frame that travels between stages: name, type, may it be empty, what it means.

One table per frame, checked by pandera at the stage borders (`check`). pandera only *detects*; splitting good rows from bad
is done by `split`, so that one broken row is withheld and never takes the run with it (A-24, design: validate).

Types: `text` (pandas str, Arrow-backed; ids are always text), `date` (text, local calendar date YYYY-MM-DD, A-17), `time`
(datetime64[us, UTC]), `number` (float64, exactly what JSON held, A-15), `count` (int64), `flag` (bool).
"""

from include.gradebook.schemas.artifacts import ARTIFACTS, ASSIGNMENTS_SYNC, FILTERED_CANVAS_DATA, GRADES_LOG, MESSAGES
from include.gradebook.schemas.canvas import ASSIGNMENTS, CANVAS_FRAMES, CHOICES, COURSES, ENROLLMENTS, GROUPS, OVERRIDES, SECTIONS, SUBMISSIONS
from include.gradebook.schemas.frame import Col, Frame
from include.gradebook.schemas.gradebook import COPIES, SCORES, WITHHELD
from include.gradebook.schemas.ledger import LEDGER_ASSIGNMENTS, LEDGER_SCORES
from include.gradebook.schemas.plan import PLAN_ASSIGNMENTS, PLAN_SCORES, RECEIPTS
from include.gradebook.schemas.reconciliation import RECONCILIATION, VERDICTS
from include.gradebook.schemas.sis import SIS_ASSIGNMENTS, SIS_CATEGORIES, SIS_MARKS, SIS_SCORES, SIS_SECTIONS, SIS_STUDENTS

__all__ = [
    "ARTIFACTS",
    "ASSIGNMENTS",
    "ASSIGNMENTS_SYNC",
    "CANVAS_FRAMES",
    "CHOICES",
    "COPIES",
    "COURSES",
    "ENROLLMENTS",
    "FILTERED_CANVAS_DATA",
    "GRADES_LOG",
    "GROUPS",
    "LEDGER_ASSIGNMENTS",
    "LEDGER_SCORES",
    "MESSAGES",
    "OVERRIDES",
    "PLAN_ASSIGNMENTS",
    "PLAN_SCORES",
    "RECEIPTS",
    "RECONCILIATION",
    "SCORES",
    "SECTIONS",
    "SIS_ASSIGNMENTS",
    "SIS_CATEGORIES",
    "SIS_MARKS",
    "SIS_SCORES",
    "SIS_SECTIONS",
    "SIS_STUDENTS",
    "SUBMISSIONS",
    "VERDICTS",
    "WITHHELD",
    "Col",
    "Frame",
]
