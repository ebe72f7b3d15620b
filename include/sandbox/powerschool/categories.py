"""GET /ws/xte/teacher_category: a plain array of one teacher's categories, in use or not (powerschool-xte.md §7.1)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.powerschool.access import require_columns
from include.sandbox.powerschool.altered import altered, refuse
from include.sandbox.powerschool.books import Category
from include.sandbox.powerschool.paging import number_param
from include.sandbox.powerschool.state import PowerSchoolState
from include.sandbox.serving import Json


async def teacher_categories(state: PowerSchoolState, request: Request) -> Response:
    """Both `users_dcid` and `year_id` are required of a plugin."""
    user, year = number_param(request, "users_dcid"), number_param(request, "year_id")
    require_columns(state, "teachercategory", ("teachercategoryid", "usersdcid", "name", "isactive"))
    this_year = any(user in section.teachers and section.term.yearid == year for section in state.books.sections.values())
    mine = [one for one in state.books.categories.values() if one.teacher == user and this_year]
    refuse(state.settings, "teacher", user)
    return Json([altered(state.settings, "teachercategory", one.id, _row(one, position)) for position, one in enumerate(mine, start=1)])


def _row(one: Category, position: int) -> dict[str, object]:
    return {
        "_name": "teachercategory",
        "_id": one.id,
        "teachercategoryid": one.id,
        "usersdcid": one.teacher,
        "name": one.name,
        "description": "<p>About this category</p>",
        "categorytype": "district" if one.district else "teacher",
        "districtteachercategoryid": one.district,
        "isactive": one.active if position % 2 else int(one.active),  # live answers mix both forms
        "isinfinalgrades": True,
        "isusermodifiable": one.district is None,
        "isdefaultpublishscores": True,
        "defaultscoretype": "POINTS",
        "defaultscoreentrypoints": 10,
        "defaultweight": 1,
        "defaulttotalvalue": 10,
        "defaultextracreditpoints": 0,
        "defaultpublishoption": "Immediately",
        "displayposition": position,
        "color": str(position),
        "_teachercategorysectionexcludeassociations": [
            {"_name": "teachercategorysectionexcludeassociation", "sectionsdcid": dcid, "teachercategoryid": one.id} for dcid in sorted(one.excluded)
        ],
    }
