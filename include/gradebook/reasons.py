"""The catalogue of all reasons: stable code, severity, one sentence, who mends it, what happens next (F-5).

Codes without a SIS in front (`GP-…`) are ours, raised before any request; `SIS-…` are answers that any SIS can give; the others are
a SIS's own (reference: sis-error-codes.md). Sentences are templates over `{value}` and `{limit}`. A code is never reused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "error"]
Who = Literal["teacher", "admin", "SIS staff", "nobody"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not sent, or was sent differently than a teacher may expect.

    `info` is counted but is no message (nothing is wrong); `warning` is for the teacher; `error` needs somebody to act.
    """

    code: str
    severity: Severity
    sentence: str
    who: Who
    next: str

    def told(self, value: str = "", limit: str = "") -> str:
        """The sentence with the value and the limit filled in."""
        return self.sentence.format(value=value, limit=limit)


_SAME = "It is sent by the next sync after that."
_TONIGHT = "The next sync tries again."
_REPORT = "Report it to those who maintain Grade Sync, with the run ID. "
_NOTHING = "Nothing; this is how it is meant to be."
_FREED = "Rename this one in Canvas, and the next sync sends it; where the other one was renamed or deleted in the SIS, remaster the course."

# fmt: off
_TABLE: tuple[tuple[str, Severity, str, Who, str], ...] = (
    # --- courses and sections
    ("GP-COURSE-UNPUBLISHED", "info", "The course is not published.", "teacher", "It syncs once it is published."),
    ("GP-COURSE-CONCLUDED", "info", "The course is concluded.", "nobody", "A sync on demand can still send it."),
    ("GP-COURSE-TERM", "info", "The course's term is not among the target's terms ({value}).", "nobody", "A sync on demand can still send it."),
    ("GP-COURSE-OFF", "info", "The nightly sync is switched off for this course.", "nobody", "A sync on demand can still send it."),
    ("GP-COURSE-IDLE", "info", "Nothing in the course is switched to Sync to SIS.", "nobody", "It is read once something is switched on, and in its turn."),
    ("GP-COURSE-EMPTY", "warning", "There is nothing to send in this course: {value}.", "teacher", "It syncs once there is something."),
    ("GP-COURSE-BUSY", "warning", "Another run was at work on the course: {value}.", "nobody", "The next sync takes it."),
    ("GP-COURSE-NO-SIS-ID", "error", "The course has no SIS id in Canvas.", "admin", _SAME),
    ("GP-COURSE-INCOMPLETE", "error", "Canvas did not answer fully for this course: {value}.", "admin", _TONIGHT),
    ("GP-UNREADABLE-COURSE", "error", "Canvas's record of the course cannot be used: {value}. Allowed: {limit}.", "admin", "Correct it in Canvas. " + _SAME),
    ("GP-UNREADABLE-SECTION", "error", "Canvas's record of the section, or of an enrollment in it, cannot be used: {value}. Allowed: {limit}.", "admin", "Correct it in Canvas. " + _SAME),
    ("GP-NOT-SHOWN", "error", "Canvas does not show {value} to the token's user, who lacks the permission {limit}.", "admin", "Grant it in Canvas. " + _SAME),
    ("GP-SECTION-NO-SIS-ID", "warning", "The section has no SIS id in Canvas, so there is no class in the SIS that it belongs to.", "admin", _SAME),
    ("GP-SECTION-ID", "error", "The section's SIS id {value} does not fit the district's rule for ids ({limit}).", "admin", _SAME),
    ("GP-SECTION-TWICE", "error", "More than one Canvas section maps to the SIS section {value}: {limit}. Grade Sync sends nothing for any of them.", "admin", "Correct the SIS ID of one section in Canvas, or the target's identity.section rule. Grade Sync sends again after it has read both courses."),
    ("GP-SECTION-OTHER-TARGET", "error", "The SIS section {value} already belongs to {limit}, which leads to the same SIS. This target sends nothing for it.", "admin", "Take the course out of one of the two targets in the district file: their Canvas accounts must not contain each other."),
    ("GP-SECTION-ABANDONED", "warning", "The SIS section {value} has assignments and scores that Grade Sync sent for Canvas {limit}. No Canvas section has this SIS ID now.", "admin", "If the SIS ID was corrected in Canvas, have the SIS staff delete these assignments in the SIS section. If it was changed by mistake, enter it again in Canvas."),
    ("GP-SECTION-WITHHELD", "info", "The section itself is not sent.", "nobody", "See the message of the section."),
    ("GP-SECTION-UNKNOWN", "error", "The SIS does not know a class with the id {value}.", "admin", _SAME),
    ("GP-SECTION-NOT-CHOSEN", "info", "The section was not chosen for this run.", "nobody", _NOTHING),
    ("GP-MERGED", "warning", "Merged gradebooks show one copy of every assignment per merged section, the others blank.", "teacher", "Unmerge the gradebooks, or accept it."),
    # --- assignments
    ("GP-UNREADABLE-ASSIGNMENT", "error", "Canvas's record of the assignment cannot be used: {value}. Allowed: {limit}.", "teacher", "Correct it in Canvas. " + _SAME),
    ("GP-UNPUBLISHED", "info", "The assignment is not published.", "teacher", "It syncs once it is published."),
    ("GP-NOT-GRADED", "info", "The assignment is not graded.", "nobody", _NOTHING),
    ("GP-NOT-SWITCHED-ON", "info", "The assignment is not switched to Sync to SIS.", "teacher", "It syncs once it is switched on."),
    ("GP-NOT-CHOSEN", "info", "The assignment was not chosen for this run.", "nobody", _NOTHING),
    ("GP-OMITTED", "warning", "The assignment does not count towards the final grade.", "teacher", "Untick that in Canvas if it should be sent."),
    ("GP-ATTENDANCE", "info", "This is the roll-call tool's attendance assignment.", "nobody", _NOTHING),
    ("GP-NAME-EMPTY", "error", "The assignment has no name.", "teacher", _SAME),
    ("GP-NAME-LONG", "error", "The name has {value} characters; the SIS takes {limit}.", "teacher", "Shorten the name in Canvas. " + _SAME),
    ("GP-NAME-CHARS", "error", "The name has characters that the SIS refuses: {value}. Allowed are {limit}.", "teacher", "Change the name in Canvas. " + _SAME),
    ("GP-NAME-DUP", "error", "Another assignment of this section has the same name: {value}.", "teacher", "Rename one of them in Canvas. " + _SAME),
    ("GP-NAME-TAKEN", "error", "An assignment named {value} stands in the SIS already and was not made by this sync ({limit}).", "teacher", "Rename one of the two. " + _SAME),
    ("GP-NAME-OURS", "error", "Another assignment of this sync stands in the SIS under the name {value} already ({limit}).", "teacher", "Give this one another name in Canvas. " + _SAME),
    ("GP-NAME-LEFT", "error", "An assignment named {value} stands in the SIS from an earlier sync ({limit}). In Canvas it was deleted, or is no longer set to sync or given to this section.", "teacher", "Delete that one in the SIS, or give this one another name in Canvas. " + _SAME),
    ("GP-NAME-GOING", "warning", "An assignment named {value} stands in the SIS from an earlier sync ({limit}), and is deleted there now.", "nobody", "This one is sent by the next sync."),
    ("GP-POINTS-NONE", "error", "The assignment has no points possible.", "teacher", "Give it points in Canvas. " + _SAME),
    ("GP-POINTS-ZERO", "error", "Points possible is {value}; the SIS takes {limit}.", "teacher", "Give it points in Canvas. " + _SAME),
    ("GP-POINTS-MAX", "error", "Points possible is {value}; the SIS takes at most {limit}.", "teacher", "Lower the points in Canvas. " + _SAME),
    ("GP-POINTS-NEGATIVE", "error", "Points possible is {value}; it must not be negative.", "teacher", "Mend the points in Canvas. " + _SAME),
    ("GP-DUE-MISSING", "error", "The assignment has no due date for this section; the SIS requires one.", "teacher", "Add a due date in Canvas; checkpoints count where no section or group has dates of its own. " + _SAME),
    ("GP-DUE-RANGE", "error", "The due date is {value}; allowed are dates from {limit}.", "teacher", "Correct the due date in Canvas. " + _SAME),
    ("GP-DUE-EVERYONE", "error", "Everyone Else has no due date; the SIS requires one as soon as sections are named.", "teacher", "Add it in Canvas. " + _SAME),
    ("GP-DUE-OUT-OF-TERM", "error", "The due date {value} lies outside the section's term ({limit}).", "teacher", "Move the due date in Canvas. " + _SAME),
    ("GP-DIFF-SECTIONS", "error", "The assignment has own dates or assignees for some sections; this SIS takes none of these.", "teacher", "Assign it to Everyone alone. " + _SAME),
    ("GP-DIFF-EVERYONE", "error", "The assignment is given to some sections without Everyone Else; this SIS needs both.", "teacher", "Assign it to Everyone Else too. " + _SAME),
    ("GP-DIFF-NOT-NAMED", "info", "Sections are named for this assignment and this one is not among them.", "nobody", _NOTHING),
    ("GP-DIFF-INDIVIDUALS", "error", "The assignment is given to single students, groups or modules; this SIS takes none of these.", "teacher", "Assign it to sections or Everyone. " + _SAME),
    ("GP-DIFF-ONLY-INDIVIDUALS", "warning", "The assignment is given to single students or groups only.", "teacher", "Assign it to the section or Everyone. " + _SAME),
    ("GP-DIFF-MASTERY", "error", "The assignment is part of a mastery path; this SIS takes none of these.", "teacher", "Take it out of the mastery path. " + _SAME),
    ("GP-DIFF-ONLY-MASTERY", "warning", "Only a mastery path assigns the assignment.", "teacher", "In Canvas, assign it to Everyone or to the section as well. " + _SAME),
    ("GP-NOT-ASSIGNED", "info", "The assignment is not given to this section.", "nobody", _NOTHING),
    ("GP-GRADING-TYPE", "error", "The assignment is graded as {value}; this SIS takes {limit}.", "teacher", "Grade it in points. " + _SAME),
    ("GP-NO-SCORES", "info", "No score that can be sent exists in this section yet.", "nobody", "It is created with the first score."),
    ("GP-GONE", "warning", "The assignment was deleted in the SIS. Grade Sync does not send it or its scores again.", "admin", "To send it again, reconcile the course and choose Repair. To create deleted assignments again in every sync, set recreate_deleted: true under rules of this target."),
    ("GP-RECREATED", "warning", "The assignment was deleted in the SIS. Grade Sync created it again, with its scores.", "nobody", _NOTHING),
    ("GP-ID-FOREIGN", "error", "The SIS has another assignment under the ID {value}, which Grade Sync used for this one. It is named {limit} and was not created by Grade Sync, so nothing was changed in it.", "admin", "If the SIS was restored from a backup, use Rebind or Forget on the Connections page. To create this assignment again under a new ID, reconcile the course and choose Repair."),
    ("GP-TWIN-DELETED", "warning", "It stood in the SIS twice, for a request of an earlier run arrived late; the second copy was deleted.", "nobody", _NOTHING),
    ("GP-TWIN-STANDS", "error", "It stands in the SIS twice, for a request of an earlier run arrived late; the second copy could not be deleted.", "SIS staff", "Delete the copy that has no scores. The next sync looks again."),
    ("GP-REMOVED", "warning", "The assignment is gone from Canvas, or no longer set to sync, but stands in the SIS.", "teacher", "Delete it in the SIS if it should go."),
    ("GP-NOT-GIVEN", "warning", "The assignment {value} is no longer given to this section, but stands there in the SIS with the scores that were sent.", "teacher", "Delete it in the SIS if it should go."),
    ("GP-SECTION-MOVED", "warning", "The assignment {value} stands in this section of the SIS with the scores that were sent, but the section now belongs to Canvas {limit}.", "SIS staff", "If the section was cross-listed, nothing needs to be done. If its SIS ID was corrected in Canvas, delete the assignment in this section of the SIS."),
    # --- categories
    ("GP-CATEGORY-UNMAPPED", "error", "The assignment group {value} has no category in this section of the SIS. There are: {limit}.", "teacher", "Rename the group or choose a category. " + _SAME),
    ("GP-CATEGORY-AMBIGUOUS", "error", "Two categories of this section are named {value}.", "teacher", "Choose one of them. " + _SAME),
    ("GP-CATEGORY-UNASSOCIATED", "warning", "The assignment group {value} is set to unassociated for this section.", "teacher", "Choose a category. " + _SAME),
    ("GP-CATEGORY-REQUIRED", "error", "The assignment group {value} is set to unassociated for this section; this SIS takes no assignment without a category.", "teacher", "Choose a category. " + _SAME),
    ("GP-CATEGORY-DELETED", "error", "The category {value} was deleted in the SIS.", "teacher", "Choose another. " + _SAME),
    ("GP-CATEGORY-HIDDEN", "warning", "The category {value} is hidden in this section of the SIS.", "teacher", "Show it in the SIS's gradebook settings."),
    ("GP-CATEGORY-TERM", "warning", "Categories of this section can be used from {limit} on, when its term begins.", "nobody", "It is sent by the first sync from that day on."),
    # --- students and scores
    ("GP-BLANK", "info", "There is no score yet.", "nobody", _NOTHING),
    ("GP-BLANKED", "warning", "The score was cleared in Canvas and stays in the SIS.", "teacher", "Clear it in the SIS."),
    ("GP-UNREADABLE-STUDENT", "error", "Canvas's record of the student cannot be used: {value}. Allowed: {limit}. What was sent before stays.", "admin", "Correct it in Canvas. " + _SAME),
    ("GP-UNREADABLE-SCORE", "error", "Canvas's record of the score cannot be used: {value}. Allowed: {limit}. What was sent before stays.", "teacher", "Enter the score again in Canvas. " + _SAME),
    ("GP-NOT-READ", "info", "Canvas's record of the student cannot be used, so this score is not evaluated.", "nobody", "See the message of the student."),
    ("GP-CHECKPOINT", "warning", "The discussion is not completely graded for this student: {value} has no score. What was sent before stays.", "teacher", "Grade every checkpoint in Canvas, or excuse the student from it. " + _SAME),
    ("GP-STUDENT-TEST", "info", "This is Canvas's test student.", "nobody", _NOTHING),
    ("GP-STUDENT-INACTIVE", "info", "The student's enrolment in this section is {value}.", "nobody", _NOTHING),
    ("GP-STUDENT-NO-ENROLMENT", "info", "The student is not enrolled in any section of the course.", "nobody", _NOTHING),
    ("GP-STUDENT-NO-SIS-ID", "warning", "The student has no SIS id in Canvas.", "admin", _SAME),
    ("GP-STUDENT-ID", "error", "The student's SIS id does not fit the district's rule for ids ({limit}).", "admin", _SAME),
    ("GP-STUDENT-TWICE", "error", "More than one Canvas user maps to the SIS student {value}: {limit}. Grade Sync sends no score for this student.", "admin", "Correct the SIS ID of one user in Canvas, merge the users, or correct the target's identity.student rule. Grade Sync sends again after it has read the courses of both."),
    ("GP-STUDENT-CHANGED", "error", "The SIS has a score under the student ID {value} that was sent for {limit}.", "SIS staff", "Check this score in the SIS and remove it if it belongs to another student. With clear_blanks: true the next sync clears it. Reconcile lists it as wrong student."),
    ("GP-STUDENT-REPLACED", "warning", "The score that the SIS had under the student ID {value} was sent for {limit}. This sync replaces it with the score of the student who has this ID now.", "admin", "Check in Canvas that the SIS ID belongs to this student."),
    ("GP-STUDENT-IDS", "error", "The Canvas user has more than one SIS ID in this section: {value}. Grade Sync sends no score for this student.", "admin", "Conclude the enrollment with the wrong SIS ID in Canvas. The next sync sends the scores."),
    ("GP-STUDENT-UNKNOWN", "warning", "The SIS does not list this student in the class.", "admin", _SAME),
    ("GP-STUDENT-UNCHECKED", "warning", "The SIS list of students of this section cannot be read completely ({value}), so this student could not be checked.", "admin", "Correct these rows in the SIS. The next sync sends the score."),
    ("GP-STUDENT-LEFT", "warning", "The student is no longer active in this section; the score that was sent there stays.", "SIS staff", "Remove it in the SIS if it should go."),
    ("GP-SCORE-NEGATIVE", "error", "The score is {value}; it must not be negative.", "teacher", "Mend the score in Canvas. " + _SAME),
    ("GP-SCORE-INVALID", "error", "The score is {value}; it must be a finite number.", "teacher", "Mend the score in Canvas. " + _SAME),
    ("GP-SCORE-HIDDEN", "info", "The score is hidden from students, and this target sends only posted ones.", "teacher", "It is sent once it is posted."),
    ("GP-MISSING-NO-SCORE", "warning", "The student is marked missing without a number; this SIS needs one.", "teacher", "Enter a score in Canvas. " + _SAME),
    ("GP-EXCUSED-NOT-SENT", "warning", "The student is excused; this target does not send that.", "teacher", "Mark it in the SIS."),
    ("GP-EXCUSED-REMASTER", "warning", "The student is excused; this SIS takes that with a remaster only.", "teacher", "Remaster the course, or mark it in the SIS."),
    ("GP-EXCUSED-STANDS", "info", "The student is excused, as a remaster has told the SIS.", "nobody", _NOTHING),
    ("GP-ASSIGNMENT-WITHHELD", "info", "The assignment itself is not sent for this section.", "teacher", "See the message of the assignment."),
    # --- the run
    ("GP-CONTRACT", "error", "A value cannot be used: {value} ({limit}).", "admin", _TONIGHT),
    ("GP-SAFETY", "error", "The run would change more than usual: {value}; the limit is {limit}.", "admin", 'Look at the numbers, then start it again with "Allow a large change".'),
    ("GP-OUR-ERROR", "error", "Grade Sync could not process this because of an error of its own ({value}). Nothing was sent for it.", "admin", _REPORT + _TONIGHT),
    ("GP-OUR-UNKNOWN", "error", "Grade Sync could not read what the SIS did with this because of an error of its own ({value}).", "admin", _REPORT + "The next sync looks it up first."),
    ("GP-NOT-TRIED", "error", "The run had to stop before this was sent: {value}.", "admin", _TONIGHT),
    ("GP-ASSIGNMENT-FAILED", "info", "The assignment was not accepted, so its scores were not sent.", "nobody", "See the message of the assignment."),
    # --- what a reconcile finds (F-2, F-11)
    ("RC-MISSING", "error", "It was sent, but the SIS does not hold it any more.", "SIS staff", "Run the reconcile with repair to send it again."),
    ("RC-WITH-ASSIGNMENT", "info", "The score is missing because its assignment is.", "nobody", "It goes with its assignment."),
    ("RC-NOT-YET", "info", "Canvas changed after the last sync.", "nobody", "The next sync sends it."),
    ("RC-DIFFERENT", "error", "The SIS holds something else than Canvas, and the last attempt to send it was not confirmed.", "admin", _TONIGHT),
    ("RC-EDITED", "warning", "It was changed in the SIS after it was sent.", "SIS staff", "Run the reconcile with repair if Canvas is right."),
    ("RC-TYPED", "warning", "It was entered in the SIS; this sync never sent anything there.", "SIS staff", "Remove it in the SIS if Canvas is right."),
    ("RC-TWIN", "warning", "A second assignment of the same name and date stands beside the synced one.", "SIS staff", "Delete the one that this sync did not make."),
    ("RC-STATUS-ALONE", "info", "Only late, missing or excused differ, and this SIS gets those with a new score or by a remaster.", "teacher", "Remaster the course if it matters."),
    ("RC-ROUNDED", "info", "The SIS shows the same number rounded.", "nobody", _NOTHING),
    ("RC-EXCUSED-ZERO", "info", "The student is excused; the SIS gets that as 0 with the exempt flag.", "nobody", _NOTHING),
    ("RC-MISSING-ZERO", "info", "The student is missing the work; the SIS gets that as 0 with the missing flag.", "nobody", _NOTHING),
    ("RC-LATE-NOT-SENT", "info", "The work is late in Canvas; this SIS is not told that.", "nobody", _NOTHING),
    # --- answers that any SIS can give
    ("SIS-NO-ANSWER", "error", "The SIS gave no answer; nobody knows yet whether it took this.", "nobody", "The next sync looks it up first."),
    ("SIS-UNREADABLE", "error", "The SIS gave an answer that cannot be read: {value}.", "admin", "The next sync looks it up first."),
    ("SIS-ROWS-UNREADABLE", "warning", "Some rows of this section in the SIS cannot be read and were skipped: {value}.", "admin", "Correct these rows in the SIS."),
    ("SIS-NOT-TRIED", "error", "The SIS stopped answering before this was sent.", "admin", _TONIGHT),
    ("SIS-RATE", "error", "The SIS kept asking to wait.", "admin", _TONIGHT),
    ("SIS-5XX", "error", "The SIS has a fault: {value}.", "admin", _TONIGHT),
    ("SIS-FORBIDDEN", "error", "The credentials lack a right: {value}.", "admin", "Grant it in the SIS."),
    ("SIS-EXEMPT-NEEDS-SCORE", "error", "The SIS rejects an exempt score without a number: {value}", "admin", "Set exempt_score: zero under the rules of this target. The next sync then sends 0 with the exempt flag."),
    ("SIS-CATEGORY-REQUIRED", "error", "The SIS rejects an assignment without a category: {value}", "admin", "Set uncategorized in the extra of the connection to the title of a category that every class has. The next sync sends the assignment."),
    ("SIS-VALIDATION", "error", "The SIS refused it: {value}", "teacher", "Mend it in Canvas. " + _SAME),
    ("SIS-CONFLICT", "error", "The SIS refused it, as it clashes with what stands there: {value}", "SIS staff", _TONIGHT),
    ("SIS-LINK-BROKEN", "error", "The SIS no longer has what this belongs to: {value}", "SIS staff", _TONIGHT),
    ("SIS-UNKNOWN-ANSWER", "error", "The SIS refused it in words that this product does not know: {value}", "admin", _TONIGHT),
    # --- PowerSchool
    ("PS-400-CREATE", "error", "PowerSchool could not create the assignment: {value}", "teacher", "Change it in Canvas, or remaster the course to try again."),
    ("PS-403-TEACHER", "error", "In PowerSchool, the teacher of record may not edit this section: {value}", "admin", "Check in PowerSchool who teaches the section. " + _SAME),
    ("PS-404-NOT-FOUND", "error", "PowerSchool no longer has this assignment, section, or student: {value}", "SIS staff", "Check in PowerSchool whether it was deleted. " + _TONIGHT),
    ("PS-409-SCALE", "error", "PowerSchool expects another kind of score: {value}", "teacher", "Enter a number of points in Canvas. " + _SAME),
    ("PS-409-LOCKED", "error", "The assignment is locked in PowerTeacher Pro: {value}", "SIS staff", "Unlock it in PowerTeacher Pro. " + _SAME),
    ("PS-409-TERM-LOCKED", "error", "The reporting term is locked in PowerSchool: {value}", "admin", "Unlock the term in PowerSchool, or turn off Sync to SIS for these assignments."),
    ("PS-409-DUE-DATE", "error", "PowerSchool rejected the due date: {value}", "teacher", "In Canvas, move it into the section's term in PowerSchool. " + _SAME),
    ("PS-409-POINTS", "error", "PowerSchool rejected the points possible: {value}", "teacher", "In Canvas, give the assignment at most 9999 points. " + _SAME),
    ("PS-409-STUDENT", "error", "PowerSchool does not list this student in the section: {value}", "admin", "Check the student's enrollment in PowerSchool. " + _SAME),
    ("PS-409-NOT-ASSIGNED", "error", "The student is not assigned to this assignment in PowerSchool: {value}", "admin", "Check the student's enrollment, and in PowerTeacher Pro the students of the assignment. " + _SAME),
    ("PS-409-CATEGORY", "error", "PowerSchool rejected the category: {value}", "teacher", "Choose another category for the assignment group. " + _SAME),
    ("PS-412-RESUBMIT", "error", "Somebody changed the score in PowerSchool at the same moment.", "nobody", _TONIGHT),
    ("PS-412-MISSING-RECORD", "error", "PowerSchool misses a part of the assignment: {value}", "admin", _TONIGHT),
    ("PS-412-HAS-SCORES", "error", "PowerSchool does not delete an assignment that has scores.", "SIS staff", "Delete it there."),
    ("PS-500-GONE", "error", "The assignment was deleted in PowerTeacher Pro.", "SIS staff", "It is made anew by the next sync."),
    ("PS-ALREADY-EXISTS", "error", "An assignment of this name already exists in PowerSchool.", "teacher", _FREED),
    ("PS-SWITCHED-OFF", "warning", "The PowerSchool connection does not allow this: {value}.", "admin", "Do it in PowerSchool, or switch it on in the connection's extra."),
    ("PS-NOT-OURS", "error", "PowerSchool has an assignment under this ID that Grade Sync did not create, so it is not changed: {value}", "SIS staff", "Delete it in PowerSchool if it should go; where the plugin is signed, an admin sets extra.plugin_identifier of the connection."),
    # --- Infinite Campus
    ("IC-DATES", "error", "Infinite Campus refused the dates: {value}", "teacher", "Move the due date into an open grading period, and the next sync sends it; where a period was opened or another date moved, remaster the course."),
    ("IC-CLASS-OR-PERIOD", "error", "Infinite Campus found no class or grading period: {value}", "admin", _SAME),
    ("IC-SCORE", "error", "Infinite Campus refused the score: {value}", "teacher", _SAME),
    ("IC-NAME", "error", "Infinite Campus refused the name: {value}", "teacher", "Change it in Canvas. " + _SAME),
    ("IC-WINDOW", "error", "The grading window is closed: {value}", "admin", "Open it in Infinite Campus."),
    ("IC-VENDOR-OFF", "error", "Infinite Campus refuses the vendor key ({value}).", "admin", "Fill in the vendor key of the connection."),
    ("IC-UNCATEGORIZED", "warning", "The assignment arrives uncategorized and does not count until it is filed.", "teacher", "File it under a category in Infinite Campus, in every section."),
    # --- Synergy
    ("SY-READONLY-OFF", "error", "Third Party Readonly is switched off on this assignment in Synergy.", "SIS staff", "Switch it on again in Synergy. " + _SAME),
    ("SY-NAME", "error", "Synergy refused the name: {value}", "teacher", "Change it in Canvas. " + _SAME),
    ("SY-POINTS-ZERO", "error", "Synergy refused the points possible: {value}", "teacher", "Give it points. " + _SAME),
    ("SY-CATEGORY", "error", "Synergy knows no such assignment type: {value}", "teacher", "Rename the group. " + _SAME),
    ("SY-DUPLICATE", "error", "Synergy has an assignment of this name already: {value}", "teacher", _FREED),
    # --- SchoolTool and Genesis
    ("ST-CATEGORY", "error", "SchoolTool refused the category: {value}", "teacher", "Choose another. " + _SAME),
    ("ST-DUE-MISSING", "error", "SchoolTool wants a due date: {value}", "teacher", _SAME),
    ("ST-NAME", "error", "SchoolTool refused the name: {value}", "teacher", _SAME),
    ("ST-NOT-NUMERIC", "error", "SchoolTool takes numbers only: {value}", "teacher", _SAME),
    ("GN-TRASH", "warning", "The assignment lies in the SIS's trash can, where nobody sees it: {value}", "SIS staff", "Purge it there; the next sync makes it anew."),
)
# fmt: on

CATALOGUE: dict[str, Reason] = {row[0]: Reason(*row) for row in _TABLE}


def reason(code: str) -> Reason:
    """The reason of this code; KeyError for one that the catalogue does not have."""
    return CATALOGUE[code]


def codes(severity: Severity) -> Iterator[str]:
    """All codes of one severity."""
    return (code for code, entry in CATALOGUE.items() if entry.severity == severity)
