"""No DAG: an import error in Airflow for each target of the district file whose entry is wrong, while the DAGs of the others run (I-9)."""

from __future__ import annotations

from include.district import load_district
from include.errors import ConfigError

_district = load_district()
if _district.broken:
    _names = ", ".join(_district.broken)
    _mistakes = ". ".join(mistake for mistakes in _district.broken.values() for mistake in mistakes)
    raise ConfigError(f"{_district.path}: nothing is synced to {_names} until the district file is corrected: {_mistakes}")
