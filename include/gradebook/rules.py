"""What differs between SIS, as one frozen table of values (requirements table C and R). Logic reads it; nothing asks which SIS it is.

Each SIS's values stand in `include/sis/<name>.py` with their source beside them; a district may override any field in its
district file (checked against the types here). Field names end up in docs/sis-rules.md and in messages.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class SisRules(BaseModel):
    """One SIS's rules. A default instance is the cautious reading; the numbers in brackets are table C's rows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    # names (rows 1, 2, 13)
    name_max_length: int | None = Field(default=50, ge=1, le=255, description="[1] longest name, in code points of its NFC form; null: no limit")
    name_characters: Literal["any", "plain"] = Field(
        default="any", description="[2] plain: letters, digits, spaces, and . , : ; ! ? ' \" ( ) - _ / & + # % @ (R-9)"
    )
    name_shorten: bool = Field(default=False, description="shorten names that are too long instead of withholding them")
    canvas_twins: Literal["send_both", "send_first"] = Field(default="send_first", description="[13] same name twice in one Canvas section (R-6)")
    foreign_twin: Literal["send_beside", "withhold", "adopt"] = Field(
        default="withhold",
        description="[13] same name in the SIS, not created by Grade Sync (R-7); adopt: links an item of the same name and date (F-10)",
    )

    # points (row 3; R-10)
    zero_points: bool = Field(default=True, description="[3] points possible 0 may be sent")
    points_max: float | None = Field(default=None, gt=0, description="highest points possible; null: no limit (R-10)")

    # due dates and differentiation (rows 4 to 7)
    due_date_required: bool = Field(default=True, description="[4] an assignment without a due date is withheld")
    due_date_inside: Literal["anywhere", "term"] = Field(
        default="anywhere", description="[4] term: the due date must be in the section's term in the SIS"
    )
    sections_named: Literal["send_dates", "send_named", "need_everyone", "withhold"] = Field(
        default="send_dates",
        description=(
            "[5] assignments assigned to some sections: send_dates sends each section its date; send_named only the named sections, and Everyone Else must "
            "have a due date; need_everyone requires that Everyone Else is assigned; withhold sends nothing"
        ),
    )
    individuals: Literal["section_date", "withhold"] = Field(
        default="section_date", description="[6] overrides for students, groups, or modules (R-1)"
    )
    overrides_that_count: Literal["any", "changing"] = Field(
        default="any", description="[5, 6] changing: only overrides that change a due date or who sees the assignment differentiate it (R-2)"
    )
    mastery_paths: Literal["section_date", "withhold"] = Field(
        default="section_date",
        description="[7] assignments in mastery paths: sent where Everyone or the section is assigned as well, or withheld (R-20)",
    )

    # scores (rows 8 to 12)
    score_types: Literal["any_number", "numeric_only"] = Field(
        default="any_number", description="[8] numeric_only withholds letter, GPA, and complete/incomplete grading (R-11)"
    )
    missing_without_score: Literal["withhold", "zero", "flag"] = Field(
        default="withhold", description="[9] missing without a number: withhold, send 0 and the flag, or only the flag (R-4)"
    )
    missing_flag: bool = Field(default=False, description="[9] the missing flag is sent with a number")
    late_flag: bool = Field(default=False, description="[10] the late flag is sent with a number")
    excused: Literal["withhold", "exempt", "exempt_zero", "exempt_on_remaster"] = Field(
        default="exempt_zero", description="[11] excused: withheld, sent as exempt, sent as exempt with 0, or sent as exempt only by a remaster (R-4)"
    )
    exempt_score: Literal["omit", "zero"] = Field(
        default="omit",
        description="[11] a score that is sent as exempt without a number: the number is omitted, or is 0 where the API requires one (R-19)",
    )
    status_alone_counts: bool = Field(
        default=True, description="[12] a change of only late, missing, or excused is sent by an ordinary sync (A-7, R-3)"
    )
    send_hidden: bool = Field(default=True, description="scores hidden from students are sent (A-16)")
    clear_blanks: bool = Field(default=False, description="a score cleared in Canvas is cleared in the SIS (A-9)")
    delete_removed: bool = Field(default=False, description="an assignment removed in Canvas is deleted in the SIS (A-10)")
    recreate_deleted: bool = Field(
        default=False, description="an assignment that Grade Sync created and that was deleted in the SIS is created again by the next sync (R-23)"
    )
    send_comments: bool = Field(default=False, description="the newest comment not written by a student is sent with a score (A-11)")

    # the SIS's side (rows 14 to 17)
    ownership: Literal["free", "locked", "name_and_points_locked", "overwritten"] = Field(
        default="overwritten", description="[14] what a user can change on a synced item in the SIS"
    )
    category: Literal["match", "uncategorized"] = Field(default="match", description="[15] no category: withheld, or sent without a category (B-3)")
    unassociated: Literal["left_out", "error"] = Field(
        default="left_out", description="[15] a group set to unassociated: its assignments are skipped with a warning, or with an error (B-3)"
    )
    category_keep_filed: bool = Field(
        default=False,
        description="[15] an update keeps the category that the item has in the SIS; a changed group moves nothing (R-14)",
    )
    category_from_canvas_data: bool = Field(default=False, description="use Canvas's integration_data as a category mapping (R-13)")
    category_needs_active_term: bool = Field(default=False, description="categories cannot be resolved before the term begins (B-4, R-15)")
    hidden_category: Literal["send", "absent"] = Field(
        default="absent", description="a hidden category: sent with a warning, or treated as absent (R-14)"
    )
    trash_can: bool = Field(default=False, description="[16] deleted items go to a trash can, where requests still find them")
    merged_gradebooks: Literal["one_per_section", "warn"] = Field(
        default="one_per_section", description="[17] warn: one copy per merged section, with a warning before the first sync"
    )

    # other
    attendance_name: str = Field(
        default="Roll Call Attendance", min_length=1, description="name of the Roll Call Attendance assignment, which is never sent (A-13)"
    )
