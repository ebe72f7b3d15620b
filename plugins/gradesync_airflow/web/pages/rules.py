"""Rules: what each target's SIS takes, field by field, and what the district file overrides (table C of the requirements)."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from include.district import Target
from include.gradebook.rule_words import bounds, meaning, words_of, written
from include.sis.registry import sis
from plugins.gradesync_airflow.web.visit import VisitDep

router = APIRouter()


class Rule(NamedTuple):
    """One field of a target's rule table: what holds, and what would without the district file."""

    field: str
    value: str
    usual: str
    meaning: str
    allowed: str
    overridden: bool


@router.get("/rules")
def show(visit: VisitDep, target: str = "", overridden: bool = False) -> HTMLResponse:
    """The rule table of one target; with `overridden` only what the district file changed."""
    mine = [config for name, config in visit.district.targets.items() if name in visit.targets]
    if target:
        visit.must_read(target)
    chosen = next((config for config in mine if config.name == target), mine[0] if mine else None)
    rules = rules_of(chosen) if chosen else []
    shown = [rule for rule in rules if rule.overridden or not overridden]
    count = sum(rule.overridden for rule in rules)
    return visit.page("rules.html", mine=mine, chosen=chosen, rules=shown, count=count, only=overridden)


def rules_of(target: Target) -> list[Rule]:
    """Every field with its value, in the order of the rule table."""
    usual = sis(target.sis).rules
    return [
        Rule(name, written(value), written(getattr(usual, name)), meaning(name), ", ".join(words_of(name)) or bounds(name), name in target.overrides)
        for name, value in target.rules().model_dump().items()
    ]
