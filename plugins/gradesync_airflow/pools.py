"""`python -m plugins.gradesync_airflow.pools`: the pools of the district's DAGs, as `airflow pools import` reads them."""

from __future__ import annotations

import json
import sys

from include.district import load_district


def pools() -> dict[str, dict[str, object]]:
    """One pool for Canvas and one per SIS, which keep their pace whatever the number of workers."""
    told = {"description": "Keeps one system's pace.", "include_deferred": False}
    return {name: {"slots": slots, **told} for name, slots in load_district().pools().items()}


if __name__ == "__main__":
    json.dump(pools(), sys.stdout)
