"""What a query may be and return, and when a result is kept."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.assess.hand_made import BY_ENABLED, Evidence, action, catalog_of, day, native, people

from securescore.assess import AssessedAction, Assessment
from securescore.assess.entities import entities_of
from securescore.catalog import Action, Catalog
from securescore.cli.assess import as_json
from securescore.errors import CatalogError, EvidenceError
from securescore.model import MICRO, Coverage, Outcome

ONE = (
    "SELECT user_id::VARCHAR AS entity_id, user_name AS entity_name, {} AS verdict, NULL AS detail FROM users"
)
GOOD = ONE.format("'protected'")


def row(entity_id: str = "'a'", verdict: str = "'protected'") -> str:
    return f"SELECT {entity_id} AS entity_id, 'n' AS entity_name, {verdict} AS verdict, NULL AS detail FROM users"


BROKEN = {
    "two SELECTs": (f"{GOOD}; {GOOD}", "exactly one SELECT is allowed"),
    "DROP": ("DROP TABLE users", "only a SELECT is allowed, not DROP"),
    "DROP after a SELECT": (f"{GOOD}; DROP VIEW users", "exactly one SELECT"),
    "COPY": ("COPY (SELECT 1) TO '/tmp/x.csv'", "only a SELECT is allowed, not COPY"),
    "ATTACH": ("ATTACH '/tmp/x.db'", "only a SELECT is allowed, not ATTACH"),
    "INSTALL": ("INSTALL httpfs", "only a SELECT is allowed"),
    "SET": ("SET memory_limit = '1GB'", "only a SELECT is allowed"),
    "read_csv": ("SELECT * FROM read_csv('/etc/passwd')", "reaches outside the evidence"),
    "read_text in a column": (
        row("(SELECT content FROM read_text('/etc/passwd'))"),
        "reaches outside the evidence",
    ),
    "a file by its name": ("SELECT * FROM '/etc/passwd'", "which is not declared"),
    "a setting": (row("current_setting('temp_directory')"), "reaches outside the evidence"),
    "an environment variable": (row("getenv('HOME')"), "reaches outside the evidence"),
    "the clock": (row("now()::VARCHAR"), "reads the clock"),
    "chance": (row("random()::VARCHAR"), "another answer each time"),
    "an undeclared table": (GOOD.replace("users", "domains"), "domains, which is not declared"),
    "no SQL": ("SELECT FROM WHERE", "the query cannot be parsed"),
    "a missing column": (
        "SELECT user_id::VARCHAR AS entity_id FROM users",
        "could not be assessed: Binder Error",
    ),
    "an entity twice": (row(), "1 entities are listed more than once"),
    "an entity without id": (row("NULL"), "2 rows have no entity_id"),
    "a verdict that is none": (row("user_id::VARCHAR", "'fine'"), "2 rows have a verdict that is none"),
    "no verdict": (row("user_id::VARCHAR", "NULL"), "2 rows have a verdict that is none"),
    "a verdict of another type": (row("user_id::VARCHAR", "true"), "2 rows have a verdict that is none"),
    "a crash": (
        row("user_id::VARCHAR", "error('boom' || chr(10) || 'second line')"),
        "could not be assessed",
    ),
}


@pytest.mark.parametrize(("sql", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_query_that_breaks_its_contract_is_one_sentence(
    evidence: Evidence, sql: str, sentence: str
) -> None:
    run = evidence.run(day(0), {"users": people(ada=True, bo=False)})
    with pytest.raises(CatalogError) as caught:
        evidence.assess(catalog_of(action("Sample", sql)))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(run.path.glob("verdicts/*")), "nothing half-written is kept"
    assert not list(run.path.glob(".scratch-*")), "the scratch folder is gone"


def test_details_that_are_no_objects_are_one_sentence(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    for detail in ("'[1]'", "'nonsense'"):
        assessment = evidence.assess(
            catalog_of(action("Sample", GOOD.replace("NULL AS detail", f"{detail} AS detail")))
        )
        with pytest.raises(CatalogError, match="is no JSON object"):
            list(entities_of(assessment.counted[0]))


def test_a_query_may_end_in_a_semicolon_or_a_comment(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True)})
    for number, ending in enumerate((";", " -- so it is", ";\n\n", " /* so */ ;")):
        catalog = catalog_of(action(f"Sample{number}", GOOD + ending))
        assert evidence.assess(catalog).score.total.points == 10 * MICRO


# results are kept


class Kept:
    """Assesses and notes what was measured anew."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def measured(self, catalog: Catalog, after: float | None = None) -> list[str]:
        told: list[str] = []
        self._evidence.assess(catalog, at=None if after is None else day(after), measured=told)
        return told


@pytest.fixture
def kept(evidence: Evidence) -> Kept:
    evidence.run(day(0), {"users": people(ada=True, bo=False), "domains": [{"domain": "one"}]})
    return Kept(evidence)


DOMAINS = (
    "SELECT domain AS entity_id, domain AS entity_name, 'protected' AS verdict, NULL AS detail FROM domains"
)
BOTH = catalog_of(action("Sample"), action("Domains", DOMAINS, evidence=("domains",)))


def test_an_unchanged_result_is_not_measured_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept.measured(BOTH) == ["Sample", "Domains"]
    monkeypatch.setattr("securescore.assess.measure.open_engine", _refuse)
    assert kept.measured(BOTH) == []
    assert kept.measured(BOTH, after=3) == [], "the clock is not read, so another moment changes nothing"


def _refuse(*_: object) -> Iterator[None]:
    raise AssertionError("the engine was opened")


def test_changed_content_is_measured_again(kept: Kept) -> None:
    kept.measured(BOTH)
    changed = catalog_of(action("Sample", BY_ENABLED + "WHERE true"), BOTH.actions["Domains"])
    assert kept.measured(changed) == ["Sample"]


def test_texts_and_points_are_no_reason_to_measure_again(kept: Kept) -> None:
    kept.measured(BOTH)
    assert kept.measured(catalog_of(action("Sample", points=3))) == []


def test_a_changed_table_is_measured_again(evidence: Evidence, kept: Kept) -> None:
    kept.measured(BOTH)
    evidence.run(day(1), {"users": people(ada=True), "domains": [{"domain": "one"}]})
    assert kept.measured(BOTH) == ["Sample"], "of what is the same the earlier result stands"
    assert kept.measured(BOTH, after=0) == [], "and those of the earlier run are kept"


def test_evidence_is_judged_as_of_its_own_moment_however_late(evidence: Evidence, kept: Kept) -> None:
    """Waiting makes it stale, and changes nothing that it says."""
    day_later = GOOD.replace(
        "FROM users", f"FROM users WHERE getvariable('as_of') = TIMESTAMP '{day(1):%Y-%m-%d %H:%M:%S}'"
    )
    catalog = catalog_of(action("Clock", day_later, reads_clock=True), action("Sample"))
    assert kept.measured(catalog, after=1) == ["Clock", "Sample"]
    assert kept.measured(catalog, after=9) == []
    assert evidence.assess(catalog, at=day(9)).get("Clock").outcome is Outcome.NOT_APPLICABLE  # type: ignore[union-attr]
    evidence.run(day(1), {"users": people(ada=True)})
    assert evidence.assess(catalog, at=day(9)).get("Clock").outcome is Outcome.ASSESSED  # type: ignore[union-attr]


def test_old_verdicts_do_not_pile_up(evidence: Evidence, kept: Kept) -> None:
    for version in range(1, 6):
        kept.measured(catalog_of(action("Clock", f"{GOOD} -- {version}"), action("Clock-0", GOOD)))
    files = [path.name for path in evidence.folder.newest().path.glob("verdicts/*")]
    assert len([name for name in files if name.startswith("Clock-0-")]) == 1
    assert len(files) == 3, "the newest, the one before it, and those of the action with a similar name"


@pytest.mark.parametrize("damage", ["{", "[]", '{"Sample": 1}', ""])
def test_kept_results_that_cannot_be_read_are_measured_again(
    evidence: Evidence, kept: Kept, damage: str
) -> None:
    kept.measured(BOTH)
    (evidence.folder.newest().path / "results.json").write_text(damage, encoding="utf-8")
    assert kept.measured(BOTH) == ["Sample", "Domains"]


def test_a_removed_file_of_verdicts_is_measured_again(evidence: Evidence, kept: Kept) -> None:
    kept.measured(BOTH)
    next(evidence.folder.newest().path.glob("verdicts/Sample*")).unlink()
    assert kept.measured(BOTH) == ["Sample"]


def test_verdicts_are_private(evidence: Evidence, kept: Kept) -> None:
    kept.measured(BOTH)
    run = evidence.folder.newest().path
    assert {path.stat().st_mode & 0o777 for path in run.glob("verdicts/*")} == {0o600}
    assert (run / "verdicts").stat().st_mode & 0o777 == 0o700
    assert (run / "results.json").stat().st_mode & 0o777 == 0o600


def test_damaged_verdicts_are_one_sentence(evidence: Evidence, kept: Kept) -> None:
    kept.measured(BOTH)
    next(evidence.folder.newest().path.glob("verdicts/Sample*")).write_bytes(b"PAR1 no more")
    with pytest.raises(EvidenceError, match="delete the file and assess again"):
        list(entities_of(_sample(evidence.assess(BOTH))))


def test_a_full_disk_is_one_sentence(evidence: Evidence, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("securescore.assess.measure.replace_file", full)
    with pytest.raises(EvidenceError, match=r"cannot be kept in .*No space left on device"):
        kept.measured(BOTH)


# a folder is a folder wherever it lies


def _sample(assessment: Assessment) -> AssessedAction:
    found = assessment.get("Sample")
    assert found is not None
    return found


def test_a_folder_that_cannot_be_written_is_assessed_all_the_same(
    evidence: Evidence, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also afterwards, when the entities are asked for; and nothing is left behind."""
    run = evidence.folder.newest().path
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != run)
    assessment = evidence.assess(BOTH)
    sample = _sample(assessment)
    assert sample.coverage == Coverage(protected=1, exposed=1)
    assert [entity.name for entity in entities_of(sample)] == ["bo@contoso.example", "ada@contoso.example"]
    assert not (run / "results.json").exists()
    assert sample.reading.measurement is not None
    temporary = sample.reading.measurement.verdicts.parent.parent
    assert temporary.is_dir()
    del assessment, sample
    assert not temporary.exists()


@pytest.mark.parametrize("name", ["copy", "a b enabled=true", 'it\'s "quoted"', "ünïcode"])
def test_a_copied_folder_gives_the_same_to_the_byte(evidence: Evidence, tmp_path: Path, name: str) -> None:
    users = {"users": people(ada=True, bo=False)}
    evidence.run(day(0), users | native(day(0), {"Sample": 1, "Native": 3}, maximum=20))
    evidence.run(day(1), users)
    catalog = catalog_of(action("Sample"), action("Native", None))
    copied = Evidence(tmp_path / name / "evidence")
    shutil.copytree(evidence.folder.path, copied.folder.path)
    first = json.dumps(as_json(evidence.assess(catalog)))
    assert json.dumps(as_json(copied.assess(catalog))) == first
    assert _ids(copied, catalog) == _ids(evidence, catalog)


def _ids(evidence: Evidence, catalog: Catalog) -> list[str]:
    return [entity.id for entity in entities_of(_sample(evidence.assess(catalog)))]


def test_actions_that_need_nothing_of_a_run_do_not_touch_it(evidence: Evidence) -> None:
    run = evidence.run(day(0), native(day(0), {"Native": 3}))
    only: Action = action("Native", None)
    evidence.assess(catalog_of(only))
    assert sorted(path.name for path in run.path.iterdir()) == [
        "manifest.json",
        "native_controls.parquet",
        "native_scores.parquet",
    ]
