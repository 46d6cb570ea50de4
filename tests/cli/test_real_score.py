"""The real input: a saved answer of Microsoft Graph, imported and assessed as a person does it."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import Answer, run

from securescore.errors import EvidenceError
from securescore.evidence import EvidenceFolder

NAMED_BY_THE_DESIGN = {
    "": {"schema_version", "tenant_id", "as_of", "catalog_version", "score", "actions"},
    "score": {
        "points",
        "maximum",
        "percent",
        "verified_points",
        "verified_percent",
        "assessed_share",
        "views",
    },
    "action": {
        *("id", "service", "product", "category", "outcome", "reason", "source", "stale", "as_of", "status"),
        *(
            "protected",
            "exposed",
            "unknown",
            "excluded",
            "total",
            "points",
            "verified_points",
            "maximum",
            "native",
        ),
    },
    "native": {"points", "maximum", "text"},
}
OURS = {
    "": set[str](),
    "score": {"categories", "verified_views"},
    "action": {
        *("title", "rank", "kind", "counted", "scope", "evidence_lost", "licensed", "resolved"),
        *("decision_overtaken", "declared_at_microsoft", "step", "uniform"),
    },
    "native": set[str](),
}


@pytest.fixture(scope="module")
def folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("real") / "F"
    files = sorted((shared / "data" / "graph-sample").glob("*.json"))
    imported = run("import", "native-score", *files, "--out", path)
    assert imported.code == 0, imported.err
    return path


@pytest.fixture(scope="module")
def answer(folder: Path) -> Answer:
    done = run("assess", folder, "--format", "json")
    assert done.code == 0, done.err
    return done


@pytest.fixture(scope="module")
def assessed(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = answer.json
    return found


def test_the_score(assessed: dict[str, Any]) -> None:
    score = assessed["score"]
    assert (score["points"], score["maximum"], round(score["percent"], 2)) == (128, 274, 46.72)


def test_the_sum_is_made_per_control_and_not_copied(assessed: dict[str, Any], folder: Path) -> None:
    counted = [one for one in assessed["actions"] if one["counted"]]
    assert len(counted) == 68
    assert sum(one["points"] for one in counted) == 128
    assert sum(one["maximum"] for one in counted) == 274
    assert all(one["product"] and one["category"] and 0 < one["maximum"] <= 10 for one in counted)
    assert all(one["source"] == "native" and one["points"] == one["native"]["points"] for one in counted)


def test_without_microsofts_total_the_score_is_the_same(folder: Path, tmp_path: Path, shared: Path) -> None:
    """The proof that nothing is copied: totals that are wrong in the file change nothing."""
    text = (shared / "data" / "graph-sample" / "secureScores.json").read_text(encoding="utf-8")
    wrong = text.replace('"currentScore": 128', '"currentScore": 1').replace(
        '"maxScore": 274', '"maxScore": 999'
    )
    assert wrong != text
    (tmp_path / "scores.json").write_text(wrong, encoding="utf-8")
    profiles = shared / "data" / "graph-sample" / "secureScoreControlProfiles.json"
    assert (
        run("import", "native-score", tmp_path / "scores.json", profiles, "--out", tmp_path / "F").code == 0
    )
    score = run("assess", tmp_path / "F", "--format", "json").json["score"]
    assert (score["points"], score["maximum"]) == (128, 274)


def test_categories_sum_to_the_whole(assessed: dict[str, Any]) -> None:
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0])
    for one in assessed["actions"]:
        if one["counted"]:
            sums[one["category"]][0] += one["points"]
            sums[one["category"]][1] += one["maximum"]
    categories = assessed["score"]["categories"]
    assert list(categories) == ["Identity", "Data", "Device", "Apps", "Infrastructure"]
    for name, part in categories.items():
        assert [part["points"], part["maximum"]] == sums[name]
    assert sum(part["points"] for part in categories.values()) == 128


def test_the_json_has_exactly_the_keys_of_the_design_and_ours(assessed: dict[str, Any]) -> None:
    assert assessed.keys() == NAMED_BY_THE_DESIGN[""] | OURS[""]
    assert assessed["score"].keys() == NAMED_BY_THE_DESIGN["score"] | OURS["score"]
    assert assessed["score"]["views"].keys() == {"current", "planned", "current_licence", "achievable"}
    for one in assessed["actions"]:
        assert one.keys() == NAMED_BY_THE_DESIGN["action"] | OURS["action"]
        assert one["native"] is None or one["native"].keys() == NAMED_BY_THE_DESIGN["native"]


def test_counts_are_null_for_native_and_points_null_when_not_assessed(assessed: dict[str, Any]) -> None:
    counts = ("protected", "exposed", "unknown", "excluded", "total")
    for one in assessed["actions"]:
        assert all(one[name] is None for name in counts)
        assert (one["points"] is None) is (one["outcome"] != "assessed")
        assert (one["reason"] is None) is (one["outcome"] == "assessed")


def test_the_table_prints_the_same_totals(folder: Path) -> None:
    words = run("assess", folder).words
    assert "Score 46.72 % 128.00 of 274.00 points" in words
    assert "Microsoft 46.72 % 128.00 of 274.00 points on 2024-01-01" in words
    assert "68 actions in the total" in words


def test_every_catalogued_action_stays_visible(folder: Path) -> None:
    every = run("assess", folder, "--all")
    assert every.code == 0
    assert "not scored by microsoft" in every.words
    assert "BlockLegacyAuthentication" in every.words


def test_nothing_is_left_to_reconcile(folder: Path) -> None:
    answer = run("reconcile", folder, "--format", "json").json
    assert answer["difference"] == {"points": 0, "maximum": 0}
    assert {one["percent"] for one in answer["actions"]} == {0}


def test_explaining_a_native_action_gives_microsofts_words(folder: Path) -> None:
    answer = run("explain", folder, "MDO_ZAPSPAM")
    assert answer.code == 0
    assert "100% of users are affected by policies that are configured securely" in answer.words


def test_the_folder_takes_no_other_tenant(folder: Path) -> None:
    with (
        pytest.raises(EvidenceError, match="give each tenant a folder of its own"),
        EvidenceFolder(folder).begin("other", EvidenceFolder(folder).newest().ended, "test"),
    ):
        pass
