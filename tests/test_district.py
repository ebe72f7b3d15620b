"""The district file: what it means, and what is said about each way to get it wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from include.district import CANVAS_POOL, ROOT, District, district_path, load_district
from include.errors import ConfigError

GOOD = """
time_zone: America/New_York
canvas: {connection: canvas_default, account: "1"}
targets:
  east:
    sis: powerschool
    connection: east_ps
    canvas_account: "11"
    schedule: "15 1 * * *"
"""


def district(folder: Path, text: str) -> District:
    file = folder / "config" / "district.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return load_district(file)


def test_the_projects_own_district_loads_with_all_five_sis() -> None:
    own = load_district(ROOT / "config" / "district.yaml")
    assert sorted(target.sis for target in own.targets.values()) == ["genesis", "infinite_campus", "powerschool", "schooltool", "synergy"]
    assert own.target("powerschool").rules().name_max_length == 30


def test_the_composed_district_keeps_its_state_in_a_connection() -> None:
    composed = load_district(ROOT / "config" / "district.compose.yaml")
    with pytest.raises(ConfigError, match="gradesync_state was not looked up"):
        _ = composed.state
    assert composed.located(lambda name: f"postgresql://host/{name}").state == "postgresql://host/gradesync_state"


def test_what_a_target_leaves_out_comes_from_the_district_and_the_defaults(tmp_path: Path) -> None:
    east = district(tmp_path, GOOD).target("east")
    assert (east.time_zone, east.terms, east.nightly, east.batch_work) == ("America/New_York", "current", "all", 100_000)
    assert (east.safety.change_percent, east.safety.refused_percent) == (50.0, 20.0)
    assert (east.extract.mode, east.extract.full_every) == ("full", 7)


def test_a_target_may_differ_from_its_district(tmp_path: Path) -> None:
    text = GOOD + '    time_zone: America/Chicago\n    terms: ["26S1"]\n    nightly: canvas\n    batch_work: 5\n    safety: {free_changes: 0}\n'
    east = district(tmp_path, text).target("east")
    assert (east.time_zone, east.terms, east.nightly, east.batch_work) == ("America/Chicago", ("26S1",), "canvas", 5)
    assert east.safety.free_changes == 0


def test_relative_places_are_relative_to_the_folder_above_config(tmp_path: Path) -> None:
    found = district(tmp_path, GOOD)
    assert found.artifacts == str(tmp_path / "artifacts")
    assert found.state == f"sqlite:///{tmp_path}/state/gradesync.db"


def test_places_elsewhere_stay_as_they_are(tmp_path: Path) -> None:
    found = district(tmp_path, GOOD + "artifacts: s3://bucket/grades\nstate: postgresql://db/gradesync\n")
    assert (found.artifacts, found.state) == ("s3://bucket/grades", "postgresql://db/gradesync")


def test_c_rules_of_the_sis_with_the_districts_overrides(tmp_path: Path) -> None:
    rules = district(tmp_path, GOOD + "    rules: {name_max_length: 40, clear_blanks: true}\n").target("east").rules()
    assert (rules.name_max_length, rules.clear_blanks, rules.due_date_required) == (40, True, True)


def test_one_pool_for_canvas_and_one_for_each_sis(tmp_path: Path) -> None:
    assert district(tmp_path, GOOD + "    batches_at_once: 3\n").pools() == {CANVAS_POOL: 4, "sis_east": 3}


def test_the_district_file_is_named_by_a_variable() -> None:
    assert district_path({}) == ROOT / "config" / "district.yaml"
    assert district_path({"GRADESYNC_DISTRICT": "config/other.yaml"}) == ROOT / "config" / "other.yaml"
    assert district_path({"GRADESYNC_DISTRICT": "/etc/district.yaml"}) == Path("/etc/district.yaml")


def changed(path: str, value: object) -> str:
    """The good file with one key set to another value; `-` in front of the path takes the key away."""
    held = yaml.safe_load(GOOD)
    *way, last = path.lstrip("-").split(".")
    place = held
    for step in way:
        place = place.setdefault(step, {})
    if path.startswith("-"):
        del place[last]
    else:
        place[last] = value
    return yaml.safe_dump(held)


MISTAKES = [
    ("time_zone", "America/NewYork", 'time_zone: "America/NewYork" is not a time zone (did you mean "America/New_York"?). Use an IANA name'),
    ("-time_zone", None, "time_zone: this key is missing. Add it"),
    ("time_zon", "x", 'time_zon: unknown key (did you mean "time_zone"?). Use artifacts, artifacts_connection, batch_work, canvas'),
    ("canvas.account", 1, 'canvas.account: 1 is not valid. Use an ID, in quotes: "11"'),
    ("canvas.acount", "1", 'canvas.acount: unknown key (did you mean "account"?). Use account, batches_at_once, connection'),
    ("artifacts", 7, "artifacts: 7 is not valid. Use text"),
    ("state", "mysql://root:secret@db/x", "state: the database URL is not valid. Use sqlite:///path or postgresql://host/database"),
    ("state", {}, "state: not valid. Use a database URL, or a table with the one key connection"),
    ("batch_work", 0, "batch_work: 0 is not valid. Use at least 1"),
    ("retention.failed_days", "14", 'retention.failed_days: "14" is not valid. Use a whole number, without quotes'),
    ("safety.clear_percent", 101, "safety.clear_percent: 101 is not valid. Use at most 100"),
    ("targets", {}, "targets: a table of 0 is not valid. Use at least 1 long"),
    ("targets.twin", {"sis": "genesis", "connection": "east_ps", "canvas_account": "11"}, "targets east and twin send account 11 over connection"),
    (
        "targets.east.formerly",
        "East Side",
        'targets.east.formerly: "East Side" is not valid. Use the target\'s former name, or a list of them',
    ),
    ("targets.east.formerly", "east", 'target east: formerly names "east", which is a target in this file'),
    ("targets.east.sis", "powerschol", 'targets.east.sis: "powerschol" is not a known SIS (did you mean "powerschool"?). Use genesis, '),
    ("targets.east.schedul", "0 1 * * *", 'targets.east.schedul: unknown key (did you mean "schedule"?)'),
    ("targets.east.schedule", "15 1 * *", 'targets.east.schedule: "15 1 * *" is not a schedule. Use cron: minute, hour, day, month, weekday'),
    ("targets.east.schedule", "61 1 * * *", 'targets.east.schedule: "61 1 * * *" is not a schedule'),
    ("targets.east.schedule", "@daily", 'targets.east.schedule: "@daily" is not a schedule'),
    ("targets.east.schedule", "0 1 31 2 *", 'targets.east.schedule: "0 1 31 2 *" is a day that never occurs, so nothing would ever run. Use'),
    ("targets.east.schedule", "0 1 31 4,6 *", 'targets.east.schedule: "0 1 31 4,6 *" is a day that never occurs'),
    ("targets.east.reconcile", "0 1 30 2 *", 'targets.east.reconcile: "0 1 30 2 *" is a day that never occurs'),
    ("targets.east.safety", {"refused_at_least": 0}, "targets.east.safety.refused_at_least: 0 is not valid. Use at least 1"),
    ("targets.east.time_zone", "EST5", 'targets.east.time_zone: "EST5" is not a time zone'),
    ("targets.east.terms", "next", 'targets.east.terms: "next" is not valid. Use current, all, or a list of SIS term IDs in quotes'),
    ("targets.east.terms", [26], "targets.east.terms: a list of 1 is not valid. Use current, all, or a list"),
    ("targets.east.nightly", "al", "targets.east.nightly: \"al\" is not valid (did you mean \"all\"?). Use 'all', 'none' or 'canvas'"),
    ("targets.east.extract.mode", "fast", "targets.east.extract.mode: \"fast\" is not valid. Use 'full' or 'listed'"),
    ("targets.east.extract.full_every", 1, "targets.east.extract.full_every: 1 is not valid. Use at least 2"),
    ("targets.east.extract.full_every", "7", 'targets.east.extract.full_every: "7" is not valid. Use a whole number, without quotes'),
    (
        "targets.east.extract.mode",
        "accelerated",
        'targets.east.extract.mode: "accelerated" was removed because it missed cleared scores. Use full',
    ),
    (
        "targets.east.extract.overlap",
        30,
        "targets.east.extract: overlap is 30, but it was removed together with the accelerated mode. Delete the key",
    ),
    ("targets.east.extract.every", 7, 'targets.east.extract.every: unknown key (did you mean "full_every"?). Use full_every, mode,'),
    ("targets.east.extract.skip_idle", "yes", 'targets.east.extract.skip_idle: "yes" is not valid. Use true or false, without quotes'),
    ("targets.east.extract", "listed", 'targets.east.extract: "listed" is not valid. Use a table of keys and values'),
    ("targets.east.identity.section", "sis_id", 'targets.east.identity.section.field: "sis_id" is not valid'),
    ("targets.east.identity.student", {"field": "sis_user_id", "pattern": "S(.)(.)"}, '"S(.)(.)" has 2 groups. Use exactly one'),
    ("targets.east.identity.student", {"field": "sis_user_id", "pattern": "S("}, '"S(" is not a regular expression'),
    ("targets.east.identity.student", {"pattern": "(.+)", "file": "a.csv"}, "pattern and file cannot be used together"),
    ("targets.east.rules.name_max_length", "30", 'targets.east.rules.name_max_length: "30" is not valid. Use a whole number'),
    ("targets.east.rules.name_maxlength", 30, '(did you mean "name_max_length"?)'),
    ("targets.east.rules.excused", "exemt", 'targets.east.rules.excused: "exemt" is not valid (did you mean "exempt"?). Use \'withhold\''),
]


@pytest.mark.parametrize(("key", "value", "told"), MISTAKES, ids=[f"{key}={value}" for key, value, _ in MISTAKES])
def test_f5_each_mistake_names_file_key_value_and_what_is_allowed(tmp_path: Path, key: str, value: object, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        district(tmp_path, changed(key, value))
    assert told in str(error.value)
    assert str(tmp_path / "config" / "district.yaml") in str(error.value)


@pytest.mark.parametrize("cron", ["0 1 29 2 *", "0 1 L * *", "0 1 30 2 1", "*/15 * * * *", "0 1 31 1,2 *"])
def test_i9_a_schedule_that_occurs_however_rarely_is_taken(tmp_path: Path, cron: str) -> None:
    assert district(tmp_path, changed("targets.east.schedule", cron)).target("east").schedule == cron


WEST = {"sis": "genesis", "connection": "west_gn", "canvas_account": "12"}
ENTRIES = [
    ("west", {**WEST, "sis": "genesys"}, 'targets.west.sis: "genesys" is not a known SIS'),
    ("west", {**WEST, "schedule": "0 1 31 2 *"}, 'targets.west.schedule: "0 1 31 2 *" is a day that never occurs'),
    ("west", {**WEST, "rules": {"name_max": 3}}, "targets.west.rules.name_max: unknown key"),
    ("west", "genesis", 'targets.west: "genesis" is not valid. Use a table'),
    ("West", WEST, 'target "West" is not valid. Use lowercase letters'),
    (7, WEST, "targets.7"),
]


@pytest.mark.parametrize(("name", "entry", "told"), ENTRIES, ids=[told for *_, told in ENTRIES])
def test_i9_a_wrong_entry_stops_its_own_target_alone(tmp_path: Path, name: str, entry: object, told: str) -> None:
    held = yaml.safe_load(GOOD)
    held["targets"][name] = entry
    found = district(tmp_path, yaml.safe_dump(held))
    assert list(found.targets) == ["east"]
    assert list(found.broken) == [str(name)]
    with pytest.raises(ConfigError) as error:
        found.target(str(name))
    assert told in str(error.value)
    assert str(error.value).startswith(f"{tmp_path}/config/district.yaml: ")


def test_i9_of_two_targets_that_exclude_each_other_neither_runs_and_a_third_does(tmp_path: Path) -> None:
    held = yaml.safe_load(GOOD)
    held["targets"] |= {"west": WEST, "twin": WEST}
    found = district(tmp_path, yaml.safe_dump(held))
    assert (list(found.targets), sorted(found.broken)) == (["east"], ["twin", "west"])
    assert all("send account 12 over connection west_gn twice" in mistake for mistakes in found.broken.values() for mistake in mistakes)


def test_i9_a_mistake_outside_the_targets_still_stops_all(tmp_path: Path) -> None:
    held = yaml.safe_load(changed("time_zone", "Moon/Sea"))
    held["targets"]["west"] = {**WEST, "sis": "genesys"}
    with pytest.raises(ConfigError, match="Moon/Sea"):
        district(tmp_path, yaml.safe_dump(held))


def test_f12_a_refused_database_url_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        district(tmp_path, changed("state", "mysql://root:secret@db/x"))
    assert "secret" not in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        district(tmp_path, GOOD.replace("America/New_York", "Moon/Sea").replace("15 1 * * *", "never"))
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file holds nothing. Use a table with the keys time_zone, canvas, artifacts"),
        ("- a\n- b\n", "the file holds a list. Use a table"),
        ("time_zone: [", "line 1: "),
        ("time_zone: UTC\ntime_zone: UTC\n", 'line 2: the key "time_zone" is given twice'),
        (f"{GOOD}  east:\n    sis: genesis\n", 'line 10: the key "east" is given twice'),
        ("!!python/object:os.system {}", "line 1: "),
    ],
)
def test_a_file_that_is_no_district_file(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        district(tmp_path, text)


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"nowhere\.yaml: file not found. Use a district file at config/district.yaml, or name one in GRADESYNC_DISTRICT"
    ):
        load_district(tmp_path / "nowhere.yaml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    file = tmp_path / "district.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"cannot be read \(UnicodeDecodeError\)"):
        load_district(file)


def test_a_target_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'there is no target "est" \(did you mean "east"\?\). Use east'):
        district(tmp_path, GOOD).target("est")


@pytest.mark.parametrize(
    ("formerly", "told"),
    [
        (
            {"east": "west", "west": "east"},
            'target east: formerly names "west", which is a target in this file. Use the name of a target that is no longer in it',
        ),
        ({"east": ["old"], "west": "old"}, 'targets east and west both name "old" as a former name. Keep it only where its ledger belongs'),
    ],
)
def test_i6_a_former_name_belongs_to_one_target_and_is_gone(tmp_path: Path, formerly: dict[str, object], told: str) -> None:
    targets = {name: {"sis": "genesis", "connection": name, "canvas_account": "1", "formerly": former} for name, former in formerly.items()}
    path = tmp_path / "district.yaml"
    path.write_text(yaml.safe_dump({"time_zone": "America/New_York", "canvas": {"connection": "c"}, "targets": targets}), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(told)):
        load_district(path)
