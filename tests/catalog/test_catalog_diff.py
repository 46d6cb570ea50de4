from pathlib import Path

import pytest
from tests.catalog.content_folder import SQL, ContentFolder, texts

from securescore.catalog import load_catalog
from securescore.catalog.diff import Change, compare

Told = list[tuple[Change, str, str | None, str | None]]


@pytest.fixture
def old(tmp_path: Path) -> ContentFolder:
    return ContentFolder(tmp_path / "old")


def told(old: ContentFolder, new: ContentFolder) -> Told:
    differences = compare(load_catalog(old.path), load_catalog(new.path))
    return [(found.change, found.action.id, found.before, found.after) for found in differences]


def test_equal_catalogs_do_not_differ(old: ContentFolder, content: ContentFolder) -> None:
    old.write()
    content.write()
    assert told(old, content) == []


def test_actions_come_and_go(old: ContentFolder, content: ContentFolder) -> None:
    old.skeleton("Kept")
    old.skeleton("Gone")
    content.skeleton("kept")
    content.skeleton("New")
    assert told(old, content)[:2] == [
        (Change.ADDED, "New", None, "Bare"),
        (Change.REMOVED, "Gone", "Bare", None),
    ]


def test_a_renamed_action_is_neither_added_nor_removed(old: ContentFolder, content: ContentFolder) -> None:
    old.skeleton("Before")
    content.skeleton("After", aliases=["before"])
    assert {change for change, *_ in told(old, content)} <= {Change.RE_MEASURED, Change.TEXTS}


def test_new_points_are_told_with_their_dates(old: ContentFolder, content: ContentFolder) -> None:
    old.write(points=[{"value": 7}])
    content.write(points=[{"value": 7}, {"value": 8.5, "from": "2023-12-01"}])
    assert told(old, content) == [(Change.RE_WEIGHTED, "Sample", "7", "7, 8.5 from 2023-12-01")]


def test_points_that_become_known_are_told(old: ContentFolder, content: ContentFolder) -> None:
    old.write(points=None)
    content.write(points=[{"value": 7}])
    assert told(old, content) == [(Change.RE_WEIGHTED, "Sample", "unknown", "7")]


def test_another_query_is_another_measurement(old: ContentFolder, content: ContentFolder) -> None:
    old.write()
    content.write(sql=SQL + "where true\n")
    ((change, _, before, after),) = told(old, content)
    assert change is Change.RE_MEASURED
    assert before != after


def test_a_first_query_is_told(old: ContentFolder, content: ContentFolder) -> None:
    old.skeleton("Sample")
    content.write("Sample")
    changes = {change: before for change, _, before, _ in told(old, content)}
    assert changes[Change.RE_MEASURED] == "Microsoft's score only"


def test_a_new_category_is_told(old: ContentFolder, content: ContentFolder) -> None:
    old.write(category="Apps")
    content.write(category=[{"value": "Apps"}, {"value": "Identity", "from": "2026-09-01"}])
    assert told(old, content) == [(Change.RECATEGORISED, "Sample", "Apps", "Apps, Identity from 2026-09-01")]


def test_retirement_is_told(old: ContentFolder, content: ContentFolder) -> None:
    old.write()
    content.write(lifecycle="deprecated")
    assert told(old, content) == [(Change.RETIRED, "Sample", "stable", "deprecated")]


def test_texts_alone_move_nothing_else(old: ContentFolder, content: ContentFolder) -> None:
    old.write()
    content.write(nl=texts("nl") | {"why": "Daarom."})
    assert told(old, content) == [(Change.TEXTS, "Sample", None, None)]
