"""The catalog of all reasons: stable code, severity, one sentence, who fixes it, and the next step (F-5).

`GP-…` codes are raised by Grade Sync before any request; `SIS-…` are responses that any SIS can give; the others are a SIS's own (reference:
sis-error-codes.md). Sentences are templates over `{value}` and `{limit}`; a `{value}` at the end is the SIS's own message. A code is never reused.
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

    `info` is counted but is not a message (nothing is wrong); `warning` is for the teacher; `error` requires an action.
    """

    code: str
    severity: Severity
    sentence: str
    who: Who
    next: str

    def told(self, value: str = "", limit: str = "") -> str:
        """The sentence with the value and the limit filled in."""
        return self.sentence.format(value=value, limit=limit)


_SAME = "The next sync sends it."
_TONIGHT = "The next sync tries again."
_NOTHING = "No action needed."

# fmt: off
_TABLE: tuple[tuple[str, Severity, str, Who, str], ...] = (
    # --- courses and sections
    ("GP-COURSE-UNPUBLISHED", "info", "The course is not published in Canvas.", "teacher", "Publish the course from its Canvas home page. The next sync includes it."),
    ("GP-COURSE-CONCLUDED", "info", "The course is concluded in Canvas.", "nobody", 'No action needed. To send it anyway, start a sync on demand and select "Include concluded courses".'),
    ("GP-COURSE-TERM", "info", "The course's term ({value}) is not one of the terms set for this SIS.", "nobody", "No action needed. To send it anyway, start a sync on demand."),
    ("GP-COURSE-OFF", "info", "The nightly sync is turned off for this course.", "nobody", "No action needed. Turn it on under Grade Sync → Courses, or start a sync on demand."),
    ("GP-COURSE-IDLE", "info", "No assignment in this course is set to Sync to SIS, so the course was not read.", "nobody", "No action needed. The course is read as soon as an assignment is set to sync, and at least once per full-read interval."),
    ("GP-COURSE-EMPTY", "warning", "This course has nothing to send: {value}.", "teacher", "Add what is missing in Canvas. " + _SAME),
    ("GP-COURSE-BUSY", "warning", "Another run is using this course: {value}.", "nobody", "No action needed. The next sync includes this course."),
    ("GP-COURSE-NO-SIS-ID", "error", "The course has no SIS ID in Canvas.", "admin", "In Canvas, open the course's Settings → Course Details and fill in SIS ID (requires the SIS data permission). Normally the SIS import sets it: check that the course is in courses.csv. The next sync then includes the course."),
    ("GP-COURSE-INCOMPLETE", "error", "Canvas returned incomplete data for this course: {value}. Nothing was sent for it.", "admin", "The next sync tries again. If this repeats, select Test for Canvas under Grade Sync → Connections."),
    ("GP-UNREADABLE-COURSE", "error", "Canvas returned a record of this course that Grade Sync cannot use: {value}. Allowed: {limit}. Nothing was sent for the course.", "admin", "If a field is missing, the token's user does not have a permission in Canvas: select Test for Canvas under Grade Sync → Connections, and grant what the test names. Otherwise correct the value in Canvas. The next sync sends the course."),
    ("GP-UNREADABLE-SECTION", "error", "Canvas returned a record of this section that Grade Sync cannot use: {value}. Allowed: {limit}. Nothing was sent for the section.", "admin", "If a field is missing, the token's user does not have a permission in Canvas: select Test for Canvas under Grade Sync → Connections, and grant what the test names. Otherwise correct the section or the enrollment in Canvas (course → Settings → Sections, or course → People). The next sync sends the section."),
    ("GP-NOT-SHOWN", "error", "Canvas does not show {value} because the token's user does not have the permission {limit}.", "admin", "Grant the permission in Canvas (account → Permissions), then select Test for Canvas under Grade Sync → Connections. " + _TONIGHT),
    ("GP-SECTION-NO-SIS-ID", "warning", "The section has no SIS ID in Canvas, so it cannot be matched to a class in the SIS.", "admin", "In Canvas, open the course's Settings → Sections → the section → Edit Section and fill in SIS ID; normally the SIS import (sections.csv) sets it. The next sync then includes the section."),
    ("GP-SECTION-ID", "error", "The section's SIS ID {value} does not match the district's ID rule ({limit}).", "admin", "Correct the SIS ID in Canvas (Settings → Sections → the section → Edit Section), or change identity.section in the district file. The next sync sends the section."),
    ("GP-SECTION-TWICE", "error", "More than one Canvas section maps to the SIS section {value}: {limit}. Nothing was sent for any of them.", "admin", "In Canvas, remove or correct the SIS ID of the section that should not sync (course → Settings → Sections → the section → Edit Section), or change identity.section in the district file. Grade Sync sends again after it has read both courses."),
    ("GP-SECTION-OTHER-TARGET", "error", "The SIS section {value} already belongs to {limit}, which uses the same SIS. Nothing was sent for this section by this target.", "admin", "In the district file, change canvas_account of one of the two targets: neither Canvas account may contain the other one. The next sync after that sends the section."),
    ("GP-SECTION-ABANDONED", "warning", "The SIS section {value} still has the assignments and scores that Grade Sync sent for Canvas {limit}. No Canvas section that Grade Sync has read has this SIS ID now.", "admin", "If the SIS ID was corrected in Canvas, ask the SIS staff to delete these assignments from the SIS section. If it was changed by mistake, enter it again in Canvas (course → Settings → Sections → the section → Edit Section)."),
    ("GP-SECTION-WITHHELD", "info", "The section was not sent.", "nobody", "See the message for the section."),
    ("GP-SECTION-UNKNOWN", "error", "The SIS has no class with the ID {value}.", "admin", "Compare the section's SIS ID in Canvas with the class ID in the SIS, and correct the one that is wrong. The next sync sends the section."),
    ("GP-SECTION-NOT-CHOSEN", "info", "The section was not selected for this run.", "nobody", _NOTHING),
    ("GP-MERGED", "warning", "Merged gradebooks show one copy of every assignment for each merged section, and the extra copies stay blank.", "teacher", "Unmerge the gradebooks in the SIS before the first sync, or ignore the blank copies."),
    # --- assignments
    ("GP-UNREADABLE-ASSIGNMENT", "error", "Canvas returned a record of this assignment that Grade Sync cannot use: {value}. Allowed: {limit}. Nothing was sent for the assignment.", "teacher", "Edit the assignment in Canvas, correct the value, and save. The next sync sends the assignment. If the value is correct in Canvas, tell an admin."),
    ("GP-UNPUBLISHED", "info", "The assignment is not published in Canvas.", "teacher", "Publish the assignment. " + _SAME),
    ("GP-NOT-GRADED", "info", "The assignment is not graded.", "nobody", _NOTHING),
    ("GP-NOT-SWITCHED-ON", "info", "The assignment is not set to Sync to SIS.", "teacher", "To send it, edit the assignment in Canvas and select Sync to SIS. " + _SAME),
    ("GP-NOT-CHOSEN", "info", "The assignment was not selected for this run.", "nobody", _NOTHING),
    ("GP-OMITTED", "warning", "The assignment is excluded from the final grade in Canvas, so it is not sent.", "teacher", 'To send it, edit the assignment in Canvas and clear "Do not count this assignment towards the final grade". ' + _SAME),
    ("GP-ATTENDANCE", "info", "This is the Roll Call Attendance assignment, which is never sent.", "nobody", _NOTHING),
    ("GP-NAME-EMPTY", "error", "The assignment has no name.", "teacher", "Enter a name in Canvas. The next sync sends the assignment."),
    ("GP-NAME-LONG", "error", "The assignment name has {value} characters; the SIS allows {limit}.", "teacher", "Shorten the name in Canvas. The next sync sends the assignment."),
    ("GP-NAME-CHARS", "error", "The assignment name contains characters that the SIS does not accept: {value}. Allowed: {limit}.", "teacher", "Remove those characters from the name in Canvas. The next sync sends the assignment."),
    ("GP-NAME-DUP", "error", "Another assignment in this section is also named {value}.", "teacher", "Rename one of the two in Canvas. The next sync sends the assignment."),
    ("GP-NAME-TAKEN", "error", "The SIS already has an assignment named {value} that Grade Sync did not create ({limit}).", "teacher", "Rename the assignment in Canvas, or rename or delete the one in the SIS. The next sync sends the assignment."),
    ("GP-NAME-OURS", "error", "The SIS already has a different synced assignment named {value} ({limit}).", "teacher", "Rename this assignment in Canvas. " + _SAME),
    ("GP-NAME-LEFT", "error", "The SIS still has an earlier synced assignment named {value} ({limit}). In Canvas, that assignment was deleted, is no longer set to sync, or is no longer assigned to this section.", "teacher", "Delete the earlier assignment in the SIS, or rename this one in Canvas. " + _SAME),
    ("GP-NAME-GOING", "warning", "An earlier synced assignment named {value} ({limit}) is being deleted from the SIS in this run.", "nobody", "No action needed. The next sync sends this assignment."),
    ("GP-POINTS-NONE", "error", "The assignment has no points possible.", "teacher", "Enter the points in Canvas. The next sync sends the assignment."),
    ("GP-POINTS-ZERO", "error", "Points possible is {value}; the SIS requires {limit}.", "teacher", "Enter more than 0 points in Canvas. The next sync sends the assignment."),
    ("GP-POINTS-MAX", "error", "Points possible is {value}; the SIS allows at most {limit}.", "teacher", "Lower the points in Canvas. The next sync sends the assignment."),
    ("GP-POINTS-NEGATIVE", "error", "Points possible is {value}; it must be 0 or more.", "teacher", "Correct the points in Canvas. The next sync sends the assignment."),
    ("GP-DUE-MISSING", "error", "The assignment has no due date for this section; the SIS requires one.", "teacher", "Add a due date for this section in Canvas. For a discussion with checkpoints, set the checkpoint due dates for everyone. The next sync sends the assignment."),
    ("GP-DUE-RANGE", "error", "The due date is {value}; the SIS accepts dates from {limit}.", "teacher", "Correct the due date in Canvas. The next sync sends the assignment."),
    ("GP-DUE-EVERYONE", "error", "Everyone Else has no due date; the SIS requires one when sections have their own dates.", "teacher", "In the assignment's Assign To settings, add a due date for Everyone Else. The next sync sends the assignment."),
    ("GP-DUE-OUT-OF-TERM", "error", "The due date {value} is outside the section's term ({limit}).", "teacher", "Move the due date into the term in Canvas. The next sync sends the assignment."),
    ("GP-DIFF-SECTIONS", "error", "The assignment has different dates or assignees for some sections; this SIS does not accept that.", "teacher", "In Assign To, assign it to Everyone with a single due date. The next sync sends the assignment."),
    ("GP-DIFF-EVERYONE", "error", "The assignment is assigned to some sections but not to Everyone Else; this SIS requires both.", "teacher", "In Assign To, add Everyone Else. The next sync sends the assignment."),
    ("GP-DIFF-NOT-NAMED", "info", "The assignment is assigned to other sections, not to this one.", "nobody", _NOTHING),
    ("GP-DIFF-INDIVIDUALS", "error", "The assignment is assigned to individual students, groups, or modules; this SIS does not accept that.", "teacher", "In Assign To, assign it to sections or to Everyone. The next sync sends the assignment."),
    ("GP-DIFF-ONLY-INDIVIDUALS", "warning", "The assignment is assigned only to individual students or groups.", "teacher", "In Assign To, add the section or Everyone. The next sync sends the assignment."),
    ("GP-DIFF-MASTERY", "error", "The assignment is part of a mastery path; this SIS does not accept that.", "teacher", "Remove the assignment from the mastery path in Canvas. " + _SAME),
    ("GP-DIFF-ONLY-MASTERY", "warning", "The assignment is assigned only by a mastery path.", "teacher", "In the assignment's Assign To settings, add Everyone or the section. The next sync sends the assignment."),
    ("GP-NOT-ASSIGNED", "info", "The assignment is not assigned to this section.", "nobody", _NOTHING),
    ("GP-GRADING-TYPE", "error", "The assignment is graded as {value}; this SIS accepts {limit}.", "teacher", "Edit the assignment in Canvas and set Display Grade as to Points. The next sync sends the assignment."),
    ("GP-NO-SCORES", "info", "The assignment has no score to send in this section yet.", "nobody", "No action needed. The SIS assignment is created with the first score."),
    ("GP-GONE", "warning", "The assignment was deleted in the SIS. Grade Sync does not send it or its scores again.", "admin", "If the deletion was intended, no action is needed. To send the assignment again, reconcile the course and select Repair. To create deleted assignments again in every sync, set recreate_deleted: true under rules of this target in the district file."),
    ("GP-RECREATED", "warning", "The assignment was deleted in the SIS. Grade Sync created it again, with its scores.", "nobody", _NOTHING),
    ("GP-ID-FOREIGN", "error", "In the SIS, the ID {value} of this assignment now belongs to another assignment, {limit}, that Grade Sync did not create. Grade Sync changed nothing in it and sent nothing for this assignment.", "admin", "If the SIS was restored from a backup, open Grade Sync → Connections and select Rebind or Forget. To create this assignment again under a new ID, reconcile the course and select Repair."),
    ("GP-TWIN-DELETED", "warning", "A late request created a duplicate in the SIS; Grade Sync deleted the duplicate.", "nobody", _NOTHING),
    ("GP-TWIN-STANDS", "error", "A late request created a duplicate in the SIS; Grade Sync could not delete it.", "SIS staff", "Delete the copy without scores in the SIS. The next sync checks again."),
    ("GP-REMOVED", "warning", "The assignment was deleted in Canvas or is no longer set to sync, but it is still in the SIS.", "teacher", "If it should not be in the SIS, delete it there."),
    ("GP-NOT-GIVEN", "warning", "The assignment {value} is no longer assigned to this section, but it is still in the SIS with the scores already sent.", "teacher", "If it should not be in the SIS, delete it there."),
    ("GP-SECTION-MOVED", "warning", "The assignment {value} is in this SIS section with the scores already sent, but the section now belongs to Canvas {limit}.", "SIS staff", "If the section was cross-listed, no action is needed. If its SIS ID was corrected in Canvas, delete the assignment from this section in the SIS."),
    # --- categories
    ("GP-CATEGORY-UNMAPPED", "error", "The assignment group {value} matches no category in this section. Available: {limit}.", "teacher", "Rename the group in Canvas to match a category, or choose a category under Grade Sync → Categories. The next sync sends the assignments."),
    ("GP-CATEGORY-AMBIGUOUS", "error", "This section has two SIS categories named {value}, so Grade Sync cannot choose one.", "teacher", "Choose one under Grade Sync → Categories. The next sync sends the assignments."),
    ("GP-CATEGORY-UNASSOCIATED", "warning", "The assignment group {value} is set to Unassociated for this section, so its assignments are not sent.", "teacher", "To send them, choose a category under Grade Sync → Categories."),
    ("GP-CATEGORY-REQUIRED", "error", "The assignment group {value} is set to Unassociated for this section; this SIS requires a category.", "teacher", "Choose a category under Grade Sync → Categories. The next sync sends the assignments."),
    ("GP-CATEGORY-DELETED", "error", "The category {value} was deleted in the SIS.", "teacher", "Choose another category for the group under Grade Sync → Categories. The next sync sends the assignments."),
    ("GP-CATEGORY-HIDDEN", "warning", "The category {value} is hidden in this section of the SIS.", "teacher", "Show the category in the SIS gradebook settings for this section."),
    ("GP-CATEGORY-TERM", "warning", "Categories for this section are available from {limit}, when its term begins.", "nobody", "No action needed. The first sync on or after that date sends the assignments."),
    # --- students and scores
    ("GP-BLANK", "info", "There is no score yet.", "nobody", _NOTHING),
    ("GP-BLANKED", "warning", "The score was cleared in Canvas but is still in the SIS.", "teacher", "Clear the score in the SIS gradebook."),
    ("GP-UNREADABLE-STUDENT", "error", "Canvas returned a record of this student that Grade Sync cannot use: {value}. Allowed: {limit}. Scores already sent stay in the SIS.", "admin", "If a field is missing, the token's user does not have a permission in Canvas: select Test for Canvas under Grade Sync → Connections, and grant what the test names. Otherwise correct the user in Canvas (account → People → the student). The next sync sends the scores."),
    ("GP-UNREADABLE-SCORE", "error", "Canvas returned a record of this score that Grade Sync cannot use: {value}. Allowed: {limit}. A score already sent stays in the SIS.", "teacher", "Enter the score again in the Canvas gradebook. " + _SAME),
    ("GP-NOT-READ", "info", "The score was not evaluated because Canvas's record of the student cannot be used.", "nobody", "See the message for the student."),
    ("GP-CHECKPOINT", "warning", "The discussion is not completely graded for this student: {value} has no score. A score already sent stays in the SIS.", "teacher", "In Canvas, grade every checkpoint or excuse the student. The next sync sends the score."),
    ("GP-STUDENT-TEST", "info", "This is the Canvas test student.", "nobody", _NOTHING),
    ("GP-STUDENT-INACTIVE", "info", "The student's enrollment in this section is {value}.", "nobody", _NOTHING),
    ("GP-STUDENT-NO-ENROLMENT", "info", "The student is not enrolled in any section of the course.", "nobody", _NOTHING),
    ("GP-STUDENT-NO-SIS-ID", "warning", "The student has no SIS ID in Canvas.", "admin", "In Canvas, open the account's People → the student → Login Information → Edit and fill in SIS ID; normally the SIS import (users.csv) sets it. The next sync sends the scores."),
    ("GP-STUDENT-ID", "error", "The student's SIS ID does not match the district's ID rule ({limit}).", "admin", "Correct the SIS ID in Canvas, or change identity.student in the district file. The next sync sends the scores."),
    ("GP-STUDENT-TWICE", "error", "More than one Canvas user maps to the SIS student {value}: {limit}. No score of any of them was sent.", "admin", "In Canvas, correct the SIS ID of one user or merge the users (account → People → the user → Merge with another user), or change identity.student in the district file. Grade Sync sends again after it has read the courses of both users."),
    ("GP-STUDENT-CHANGED", "error", "The SIS has a score under the student ID {value} that Grade Sync sent for another student: {limit}.", "SIS staff", "In the SIS, compare this score with Canvas and remove it if it does not belong to the student. If the target's rule clear_blanks is true, the next sync clears the score. A reconcile lists it as Wrong student."),
    ("GP-STUDENT-REPLACED", "warning", "The SIS had a score under the student ID {value} that Grade Sync sent for another student: {limit}. This sync replaces it with the score of the student who has the ID now.", "admin", "Check in Canvas (account → People) that the SIS ID belongs to the right student. If it does, no action is needed."),
    ("GP-STUDENT-IDS", "error", "The Canvas user has more than one SIS ID in this section: {value}. No score of this student was sent.", "admin", "In Canvas, conclude the enrollment with the wrong SIS ID (course → People → the student). The next sync sends the scores."),
    ("GP-STUDENT-UNKNOWN", "warning", "The SIS class does not include this student.", "SIS staff", "Enroll the student in the class in the SIS, or end the enrollment in Canvas. The next sync sends the scores."),
    ("GP-STUDENT-UNCHECKED", "warning", "Grade Sync could not check whether the student is in the SIS class because the class list cannot be read completely: {value}. The score was not sent.", "admin", "Ask the SIS staff to correct these rows in the SIS. The next sync sends the score."),
    ("GP-STUDENT-LEFT", "warning", "The student is no longer active in this section; the score already sent is still in the SIS.", "SIS staff", "If the score should not be there, remove it in the SIS."),
    ("GP-SCORE-NEGATIVE", "error", "The score is {value}; it must be 0 or more.", "teacher", "Correct the score in the Canvas gradebook. " + _SAME),
    ("GP-SCORE-INVALID", "error", "The score is {value}; it must be a number.", "teacher", "Correct the score in the Canvas gradebook. " + _SAME),
    ("GP-SCORE-HIDDEN", "info", "The score is hidden from students, and only posted scores are sent.", "teacher", "Post the grades in the Canvas gradebook (assignment menu → Post grades). The next sync sends them."),
    ("GP-MISSING-NO-SCORE", "warning", "The student is marked Missing without a score; this SIS requires a number.", "teacher", "Enter a score (0 or more) in the Canvas gradebook. " + _SAME),
    ("GP-EXCUSED-NOT-SENT", "warning", "The student is excused in Canvas. Grade Sync does not send excused scores to this SIS, so it sent nothing for this assignment.", "teacher", "Mark the student exempt for this assignment in the SIS gradebook."),
    ("GP-EXCUSED-REMASTER", "warning", "The student is excused in Canvas; this SIS receives that only from a remaster.", "teacher", "Remaster the course, or mark the student exempt in the SIS gradebook."),
    ("GP-EXCUSED-STANDS", "info", "The student is excused, and a remaster has already sent that.", "nobody", _NOTHING),
    ("GP-ASSIGNMENT-WITHHELD", "info", "The assignment was not sent for this section.", "teacher", "See the message for the assignment."),
    # --- the run
    ("GP-CONTRACT", "error", "A value failed validation and was not sent: {value} ({limit}).", "admin", "Check that value in Canvas. If it is correct there, report the run ID and this code to the Grade Sync maintainers. " + _TONIGHT),
    ("GP-SAFETY", "error", "The safety limit stopped this course: {value}; the limit is {limit}.", "admin", 'Review the numbers. If the change is expected, start the run again with "Allow a large change".'),
    ("GP-OUR-ERROR", "error", "Nothing was sent for this because of an internal error in Grade Sync ({value}).", "admin", "Report the run ID and this message to the Grade Sync maintainers. " + _TONIGHT),
    ("GP-OUR-UNKNOWN", "error", "It is unknown whether the SIS saved this because of an internal error in Grade Sync ({value}).", "admin", "Report the run ID and this message to the Grade Sync maintainers. The next sync checks the SIS before it sends again."),
    ("GP-NOT-TRIED", "error", "The run stopped before this was sent: {value}.", "admin", "Correct the cause that the message names. " + _TONIGHT),
    ("GP-ASSIGNMENT-FAILED", "info", "The SIS did not accept the assignment, so its scores were not sent.", "nobody", "See the message for the assignment."),
    # --- what a reconcile finds (F-2, F-11)
    ("RC-MISSING", "error", "The item was sent, but it is no longer in the SIS.", "SIS staff", "Reconcile the course and select Repair to send it again."),
    ("RC-WITH-ASSIGNMENT", "info", "The score is missing because its assignment is missing.", "nobody", "No action needed. It is sent with its assignment."),
    ("RC-NOT-YET", "info", "Canvas changed after the last sync.", "nobody", "No action needed. The next sync sends the change."),
    ("RC-DIFFERENT", "error", "The SIS value differs from Canvas, and the SIS did not confirm the last attempt to send it.", "admin", "The next sync tries again. If this repeats, test the connection under Grade Sync → Connections."),
    ("RC-EDITED", "warning", "The item was changed in the SIS after it was sent.", "SIS staff", "If Canvas is right, reconcile the course and select Repair. If the SIS is right, enter the same value in Canvas."),
    ("RC-TYPED", "warning", "The value was entered in the SIS; Grade Sync never sent a value here.", "SIS staff", "If it should not be there, remove it in the SIS."),
    ("RC-TWIN", "warning", "The SIS has a second assignment with the same name and due date as the synced one.", "SIS staff", "Delete the assignment that Grade Sync did not create."),
    ("RC-STATUS-ALONE", "info", "Only late, missing, or excused differs; this SIS receives those with a new score or from a remaster.", "teacher", "Remaster the course if the status must match."),
    ("RC-ROUNDED", "info", "The SIS shows the same number, rounded.", "nobody", _NOTHING),
    ("RC-EXCUSED-ZERO", "info", "The student is excused; the SIS receives that as 0 with the exempt flag.", "nobody", _NOTHING),
    ("RC-MISSING-ZERO", "info", "The student is marked Missing; the SIS receives that as 0 with the missing flag.", "nobody", _NOTHING),
    ("RC-LATE-NOT-SENT", "info", "The submission is late in Canvas; late is not sent to this SIS.", "nobody", _NOTHING),
    # --- answers that any SIS can give
    ("SIS-NO-ANSWER", "error", "The SIS did not respond, so it is unknown whether it saved this.", "nobody", "No action needed. The next sync checks the SIS before it sends again."),
    ("SIS-UNREADABLE", "error", "The SIS returned a response that Grade Sync cannot read: {value}.", "admin", "The next sync reads the SIS again before it sends anything for this. If the message repeats, give it to the SIS vendor with the time of the run."),
    ("SIS-ROWS-UNREADABLE", "warning", "The SIS returned rows for this section that Grade Sync cannot read, and it skipped them: {value}.", "admin", "Ask the SIS staff to correct these rows in the SIS. The next sync reads them again."),
    ("SIS-NOT-TRIED", "error", "The SIS stopped responding before this was sent.", "admin", "Check that the SIS is up, and test the connection under Grade Sync → Connections. " + _TONIGHT),
    ("SIS-RATE", "error", "The SIS kept limiting requests until the retry time ran out.", "admin", "The next sync tries again. If this repeats, lower Concurrent requests or raise Milliseconds between requests in the connection."),
    ("SIS-5XX", "error", "The SIS reported a server error: {value}.", "admin", "The next sync tries again. If this repeats, contact the SIS vendor."),
    ("SIS-FORBIDDEN", "error", "The SIS credentials do not have a required permission: {value}.", "admin", "Grant the permission in the SIS, then test the connection under Grade Sync → Connections."),
    ("SIS-EXEMPT-NEEDS-SCORE", "error", "The SIS rejected an exempt score without a number: {value}", "admin", "Set exempt_score: zero under rules of this target in the district file. The next sync sends 0 with the exempt flag."),
    ("SIS-CATEGORY-REQUIRED", "error", "The SIS accepts no assignment without a category: {value}", "admin", "In the connection (Airflow → Admin → Connections), set Category for uncategorized assignments to the title of a category that every class has. The next sync sends the assignment."),
    ("SIS-CATEGORY", "error", "The SIS rejected the category: {value}", "teacher", "Choose another category under Grade Sync → Categories. The next sync sends the assignment."),
    ("SIS-VALIDATION", "error", "The SIS rejected the value: {value}", "teacher", "Correct the value in Canvas. " + _SAME),
    ("SIS-CONFLICT", "error", "The SIS rejected it because it conflicts with existing data: {value}", "SIS staff", "Resolve the conflict in the SIS. " + _TONIGHT),
    ("SIS-LINK-BROKEN", "error", "The class, student, or assignment it refers to is no longer in the SIS: {value}", "SIS staff", "Restore the record in the SIS, or correct the SIS ID in Canvas. " + _TONIGHT),
    ("SIS-UNKNOWN-ANSWER", "error", "The SIS rejected it with a message that Grade Sync does not recognize: {value}", "admin", "Report the message to the Grade Sync maintainers. " + _TONIGHT),
    # --- PowerSchool
    ("PS-400-CREATE", "error", "PowerSchool could not create the assignment: {value}", "teacher", "Change the assignment in Canvas; the next sync sends it. To retry without a change, remaster the course."),
    ("PS-403-TEACHER", "error", "In PowerSchool, the teacher of record cannot edit this section: {value}", "SIS staff", "Correct the section's teacher assignment in PowerSchool. " + _SAME),
    ("PS-404-NOT-FOUND", "error", "PowerSchool can no longer find this assignment, section, or student: {value}", "SIS staff", "Restore the record in PowerSchool, or correct the SIS ID in Canvas. " + _TONIGHT),
    ("PS-409-SCALE", "error", "The score does not fit the assignment's score type in PowerSchool: {value}", "teacher", "Enter a numeric score in Canvas, or change the score type in PowerTeacher Pro. " + _SAME),
    ("PS-409-LOCKED", "error", "The assignment is locked in PowerTeacher Pro: {value}", "SIS staff", "Unlock the assignment in PowerTeacher Pro. " + _SAME),
    ("PS-409-TERM-LOCKED", "error", "The reporting term is locked in PowerSchool: {value}", "admin", "Reopen the reporting term in PowerSchool, or turn off Sync to SIS for these assignments in Canvas."),
    ("PS-409-DUE-DATE", "error", "PowerSchool rejected the due date: {value}", "teacher", "Move the due date into the section's term in Canvas. The next sync sends the assignment."),
    ("PS-409-POINTS", "error", "PowerSchool rejected the points possible: {value}", "teacher", "Enter at most 9999 points in Canvas. The next sync sends the assignment."),
    ("PS-409-STUDENT", "error", "PowerSchool does not list this student in the section: {value}", "SIS staff", "Check the enrollment in PowerSchool and the student's SIS ID in Canvas. The next sync sends the score."),
    ("PS-409-NOT-ASSIGNED", "error", "The student is not on this assignment in PowerSchool: {value}", "SIS staff", "Check the student's enrollment in PowerSchool, and the students of the assignment in PowerTeacher Pro. The next sync sends the score."),
    ("PS-409-CATEGORY", "error", "PowerSchool rejected the category: {value}", "teacher", "Choose another category under Grade Sync → Categories. The next sync sends the assignment."),
    ("PS-412-RESUBMIT", "error", "Another user changed the score in PowerSchool at the same moment.", "nobody", "No action needed. " + _TONIGHT),
    ("PS-412-MISSING-RECORD", "error", "PowerSchool is missing a part of the assignment: {value}", "admin", "The next sync tries again. If this repeats, contact PowerSchool support with the message."),
    ("PS-412-HAS-SCORES", "error", "PowerSchool does not delete assignments that have scores.", "SIS staff", "Delete the assignment in PowerTeacher Pro if it should be removed."),
    ("PS-500-GONE", "error", "The assignment was deleted in PowerTeacher Pro while Grade Sync was sending to it.", "SIS staff", "If the deletion was intended, no action is needed. To send the assignment again, reconcile the course and select Repair."),
    ("PS-ALREADY-EXISTS", "error", "PowerSchool already has an assignment with this name.", "teacher", "Rename the assignment in Canvas; the next sync sends it. If the other one was renamed or deleted in PowerSchool, remaster the course instead."),
    ("PS-SWITCHED-OFF", "warning", "The PowerSchool connection does not allow this: {value}.", "admin", "Make the change in PowerSchool, or allow it in the connection (Airflow → Admin → Connections: Clear scores, Delete assignments)."),
    ("PS-NOT-OURS", "error", "Grade Sync did not create the PowerSchool assignment with this ID, so it was not changed: {value}", "SIS staff", "If the assignment should not be there, delete it in PowerSchool. If the plugin is signed, ask an admin to set Plugin identifier in the connection."),
    # --- Infinite Campus
    ("IC-DATES", "error", "Infinite Campus rejected the dates: {value}", "teacher", "Move the due date into an open grading period in Canvas; the next sync sends it. If a period was opened instead, remaster the course."),
    ("IC-CLASS-OR-PERIOD", "error", "Infinite Campus found no matching class or grading period: {value}", "admin", "Check the section's SIS ID in Canvas and the section's grading periods in Infinite Campus. " + _SAME),
    ("IC-SCORE", "error", "Infinite Campus rejected the score: {value}", "teacher", "Correct the score in the Canvas gradebook. " + _SAME),
    ("IC-NAME", "error", "Infinite Campus rejected the name: {value}", "teacher", "Rename the assignment in Canvas. " + _SAME),
    ("IC-WINDOW", "error", "The grading window is closed: {value}", "admin", "Open the grading window in Infinite Campus. The next sync sends the scores."),
    ("IC-VENDOR-OFF", "error", "Infinite Campus rejected the vendor key ({value}).", "admin", "Enter the current vendor key in the connection (Airflow → Admin → Connections), then test it."),
    ("IC-UNCATEGORIZED", "warning", "The assignment arrives in Infinite Campus as Uncategorized and does not count until it has a category.", "teacher", "In Infinite Campus, choose a grading task and category for it in every section."),
    # --- Synergy
    ("SY-READONLY-OFF", "error", "Third Party Readonly is turned off for this assignment in Synergy.", "SIS staff", "Turn on Third Party Readonly for the assignment in Synergy. " + _SAME),
    ("SY-NAME", "error", "Synergy rejected the name: {value}", "teacher", "Rename the assignment in Canvas. " + _SAME),
    ("SY-POINTS-ZERO", "error", "Synergy rejected the points possible: {value}", "teacher", "Enter more than 0 points in Canvas. The next sync sends the assignment."),
    ("SY-CATEGORY", "error", "Synergy does not have this assignment type: {value}", "teacher", "Rename the assignment group in Canvas to match an assignment type in Synergy. The next sync sends the assignments."),
    ("SY-DUPLICATE", "error", "Synergy already has an assignment with this name: {value}", "teacher", "Rename the assignment in Canvas; the next sync sends it. If the other one was renamed or deleted in Synergy, remaster the course instead."),
    # --- SchoolTool and Genesis
    ("ST-CATEGORY", "error", "SchoolTool rejected the category: {value}", "teacher", "Choose another category under Grade Sync → Categories. The next sync sends the assignments."),
    ("ST-DUE-MISSING", "error", "SchoolTool requires a due date: {value}", "teacher", "Add a due date in Canvas. The next sync sends the assignment."),
    ("ST-NAME", "error", "SchoolTool rejected the name: {value}", "teacher", "Rename the assignment in Canvas. " + _SAME),
    ("ST-NOT-NUMERIC", "error", "SchoolTool accepts only numbers: {value}", "teacher", "Grade the assignment in points in Canvas. The next sync sends the scores."),
    ("GN-TRASH", "warning", "The assignment is in the Genesis trash can and is not visible in the gradebook: {value}", "SIS staff", "If it should be visible, delete it from Gradebook → Assignments → Trash Can in Genesis; then reconcile the course and select Repair to create it again."),
)
# fmt: on

CATALOGUE: dict[str, Reason] = {row[0]: Reason(*row) for row in _TABLE}


def reason(code: str) -> Reason:
    """The reason of this code; KeyError for one that the catalogue does not have."""
    return CATALOGUE[code]


def codes(severity: Severity) -> Iterator[str]:
    """All codes of one severity."""
    return (code for code, entry in CATALOGUE.items() if entry.severity == severity)
