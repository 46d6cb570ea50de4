import pickle
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.catalog.content_folder import CASES, SQL, ContentFolder, texts

from securescore.catalog import Case, Dated, Expectation, Licence, load_catalog
from securescore.errors import CatalogError
from securescore.model import Category, Kind, Lifecycle, Outcome, Scoring, WhenEmpty


def test_a_form_becomes_an_action(content: ContentFolder) -> None:
    content.write()
    action = load_catalog(content.path).actions["Sample"]
    assert (action.service, action.product, action.folder) == ("AzureAD", "Microsoft Entra ID", "entra_id")
    assert (action.kind, action.lifecycle) == (Kind.CONFIGURATION, Lifecycle.STABLE)
    assert (action.scoring, action.when_empty) == (Scoring.ALL_OR_NOTHING, WhenEmpty.NOT_APPLICABLE)
    assert action.points == (Dated(7_000_000), Dated(8_000_000, date(2023, 12, 1)))
    assert action.licence == Licence(("AAD_PREMIUM",), "Entra ID P1")
    assert action.evidence == ("organization",)
    assert action.sql == SQL
    assert action.measured
    assert action.text("nl").title == "Titel nl"
    assert action.text("en").details["on"] == "On for {name}"


def test_a_skeleton_has_its_figures_and_falls_back_to_english(content: ContentFolder) -> None:
    content.skeleton()
    action = load_catalog(content.path).actions["Bare"]
    assert not action.measured
    assert action.cases == ()
    assert action.maximum_on(date(2026, 1, 1)) is None
    assert action.text("nl").title == action.title == "Bare"


def test_points_and_category_hold_from_their_day(content: ContentFolder) -> None:
    content.write(category=[{"value": "Apps"}, {"value": "Identity", "from": "2026-09-01"}])
    action = load_catalog(content.path).actions["Sample"]
    assert action.maximum_on(date(1999, 1, 1)) == action.maximum_on(date(2023, 11, 30)) == 7_000_000
    assert action.maximum_on(date(2023, 12, 1)) == 8_000_000
    assert action.maximum_on(datetime(2023, 12, 1, 0, 0, tzinfo=UTC)) == 8_000_000
    assert action.category_on(date(2026, 8, 31)) is Category.APPS
    assert action.category_on(datetime(2026, 9, 1, tzinfo=UTC)) is Category.IDENTITY


def test_cases_become_rows_and_expectations(content: ContentFolder) -> None:
    content.write()
    first, second, _, last = load_catalog(content.path).actions["Sample"].cases
    assert first == Case(
        "on",
        {"organization": ({"tenant_id": "a", "name": "good"},)},
        Expectation(protected=("a",), details={"a": "on"}),
    )
    assert (second.expect.points, first.expect.points) == (0, None)
    assert last.expect.outcome is Outcome.NOT_APPLICABLE


def test_a_case_may_fix_the_clock(content: ContentFolder) -> None:
    content.write(
        cases="- {name: x, given: {}, as_of: 2026-01-15T00:00:00Z, expect: {outcome: not_applicable}}"
    )
    (case,) = load_catalog(content.path).actions["Sample"].cases
    assert case.as_of == datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cases", "problem"),
    [
        ("x: 1", "Sample.cases.yaml: a list of cases is expected"),
        ("- {name: x, expect: {protected: [a]}}", "Sample.cases.yaml, case 1: given: must map each relation to its rows"),
        ("- {name: x, given: {users: 1}, expect: {}}", "Sample.cases.yaml, case 1: given: users must be a list of rows"),
        ("- {name: x, given: {}, expect: {}}", "Sample.cases.yaml, case 1: expect: must name entities"),
        ("- {name: x, given: {}, expect: {safe: [a]}}", "Sample.cases.yaml, case 1, expect: safe: is no known key"),
        ("- {name: x, given: {}, as_of: soon, expect: {exposed: [a]}}", "Sample.cases.yaml, case 1: as_of: 'soon' is no"),
    ],
)  # fmt: skip
def test_a_broken_case_is_named(content: ContentFolder, cases: str, problem: str) -> None:
    content.write(cases=cases)
    with pytest.raises(CatalogError) as error:
        _ = load_catalog(content.path).actions["Sample"].cases
    assert str(error.value).startswith(problem)


def test_ids_and_aliases_are_found_in_any_case(content: ContentFolder) -> None:
    content.write("Sample", aliases=["OldName"])
    catalog = load_catalog(content.path)
    assert catalog.get("sAMPLE") is catalog.get("oldname") is catalog.actions["Sample"]
    assert catalog.get("Other") is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kindness": 1}, "entra_id/Sample.yaml: kindness: is no known key"),
        ({"kind": None}, "entra_id/Sample.yaml: kind: is missing"),
        ({"kind": "config"}, "entra_id/Sample.yaml: kind: 'config' is not one of configuration, task, informational"),
        ({"service": "Azure"}, "entra_id/Sample.yaml: service: 'Azure' is not in services.yaml"),
        ({"category": []}, "entra_id/Sample.yaml: category: is empty"),
        ({"category": [{"value": "People"}]}, "entra_id/Sample.yaml: category: 'People' is not one of"),
        ({"points": 5}, "entra_id/Sample.yaml: points: must be a list of"),
        ({"points": [{"value": "5"}]}, "entra_id/Sample.yaml: points: '5' is no number of points"),
        ({"points": [{"value": True}]}, "entra_id/Sample.yaml: points: True is no number of points"),
        ({"points": [{"value": 0.0000001}]}, "entra_id/Sample.yaml: points:"),
        ({"points": [{"value": 5, "since": "2026-01-01"}]}, "entra_id/Sample.yaml: points: each entry must read"),
        ({"points": [{"value": 5}, {"value": 6, "from": "2026-13-01"}]}, "entra_id/Sample.yaml: points: '2026-13-01' is no"),
        ({"reads_clock": "yes"}, "entra_id/Sample.yaml: reads_clock: must be true or false"),
        ({"evidence": "organization"}, "entra_id/Sample.yaml: evidence: must be a list of texts"),
        ({"leaves_out": ["boss"]}, "entra_id/Sample.yaml: leaves_out: 'boss' is not one of"),
        ({"licence": {"plan": "X"}}, "entra_id/Sample.yaml: licence: plan: is no known key"),
        ({"frameworks": {"cis_m365": "1.1"}}, "entra_id/Sample.yaml: frameworks: cis_m365: must be a list of texts"),
        ({"cadence_days": 0}, "entra_id/Sample.yaml: cadence_days: must be a whole number above 0"),
        ({"en": None}, "entra_id/Sample.yaml: en: a mapping"),
        ({"en": texts("en") | {"title": " "}}, "entra_id/Sample.yaml: en: title: must be text"),
        ({"nl": texts("nl") | {"cost": "low"}}, "entra_id/Sample.yaml: nl: cost: is no known key"),
    ],
)  # fmt: skip
def test_a_broken_form_is_one_error_naming_file_and_key(
    content: ContentFolder, changes: dict[str, object], problem: str
) -> None:
    content.write(**changes)  # type: ignore[arg-type]
    with pytest.raises(CatalogError) as error:
        load_catalog(content.path)
    assert str(error.value).startswith(problem)
    assert "\n" not in str(error.value)


def test_the_first_of_several_problems_is_told_with_the_number_of_the_others(content: ContentFolder) -> None:
    content.write("Sample", kind="config")
    content.write("Other", kind="config")
    with pytest.raises(
        CatalogError, match=r"Other\.yaml: kind: .* \(1 more; see `securescore catalog check`\)$"
    ):
        load_catalog(content.path)


def test_a_maximum_above_ten_is_never_loaded(content: ContentFolder) -> None:
    content.write(points=[{"value": 10.01}])
    with pytest.raises(
        CatalogError, match=r"10\.01 points are not allowed; a maximum is above 0 and at most 10"
    ):
        load_catalog(content.path)


def test_a_file_that_is_not_utf8_is_named(content: ContentFolder) -> None:
    content.write().write_bytes("id: één".encode("latin-1"))
    with pytest.raises(CatalogError, match=r"Sample\.yaml: the file is not UTF-8"):
        load_catalog(content.path)


def test_an_empty_or_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no folder with actions"):
        load_catalog(tmp_path)
    with pytest.raises(CatalogError, match="no folder with actions"):
        load_catalog(tmp_path / "nowhere")


def test_the_measurement_hash_follows_the_measurement_alone(content: ContentFolder) -> None:
    def hashed(**changes: object) -> str:
        content.write(**changes)  # type: ignore[arg-type]
        return load_catalog(content.path).actions["Sample"].content_hash

    before = hashed()
    assert (
        hashed(nl=texts("nl") | {"why": "Daarom."}, points=[{"value": 5}], category="Apps", link=None)
        == before
    )
    assert hashed(cases=CASES + "\n") == before
    assert hashed(sql=SQL + " where true") != before
    assert hashed(when_empty="full") != before
    assert hashed(leaves_out=["service"]) != before


def test_the_version_follows_everything(content: ContentFolder) -> None:
    def version(**changes: object) -> str:
        content.write(**changes)  # type: ignore[arg-type]
        return load_catalog(content.path).version

    before = version()
    assert before.startswith("1-")
    assert version() == before
    changed = {
        version(nl=texts("nl") | {"why": "Daarom."}),
        version(sql=SQL + "\n"),
        version(cases=CASES + "\n"),
        version(points=[{"value": 5}]),
    }
    assert len(changed | {before}) == 5


def test_the_version_does_not_depend_on_line_endings_or_place(content: ContentFolder, tmp_path: Path) -> None:
    file = content.write()
    other = ContentFolder(tmp_path / "elsewhere")
    other.write().write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert load_catalog(other.path).version == load_catalog(content.path).version
    assert load_catalog(other.path).actions["Sample"].content_hash == (
        load_catalog(content.path).actions["Sample"].content_hash
    )


def test_the_shipped_catalog_loads_in_a_second() -> None:
    started = time.process_time()
    catalog = load_catalog()
    assert time.process_time() - started < 1
    assert len(catalog.actions) >= 444


def test_a_catalog_can_be_handed_to_another_process(content: ContentFolder) -> None:
    content.write()
    catalog = load_catalog(content.path)
    assert pickle.loads(pickle.dumps(catalog)) == catalog
