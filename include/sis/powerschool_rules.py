"""PowerSchool's values of the rule table (requirements table C and R; reference: powerschool-xte.md)."""

from include.gradebook.rules import SisRules

RULES = SisRules(
    name_max_length=30,  # PS-1: the column takes 50, the document says 30
    name_characters="any",  # PS-2: nothing said
    zero_points=True,  # PS-3
    points_max=9999.0,  # R-10; powerschool-xte.md: points × weight at most 9,999
    due_date_required=True,  # PS-4
    due_date_inside="term",  # PS-4: inside an active term
    sections_named="need_everyone",  # PS-5
    individuals="withhold",  # PS-6, R-1
    mastery_paths="section_date",  # PS-7, R-20: sent where Everyone is assigned as well
    score_types="any_number",  # PS-8, R-11
    missing_without_score="zero",  # PS-9, R-4
    missing_flag=True,  # PS-9
    late_flag=False,  # PS-10
    excused="exempt_zero",  # PS-11, R-4
    status_alone_counts=True,  # PS-12: nothing said; F-9
    send_comments=False,  # A-11; powerschool-xte.md §8.1: no public source confirms how a comment is written
    canvas_twins="send_first",  # PS-13, R-6
    foreign_twin="withhold",  # PS-13, R-7
    ownership="overwritten",  # PS-14
    category="match",  # PS-15, R-13
    category_needs_active_term=True,  # B-4, R-15
    hidden_category="absent",
    trash_can=False,  # PS-16: nothing said
    merged_gradebooks="one_per_section",  # PS-17: nothing said
)
