"""Whatever JSON stands in a file: a run whose rows can be read, or one sentence; never anything else."""

import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from securescore.connectors.native_score import import_native_score
from securescore.errors import SecureScoreError
from securescore.evidence import EvidenceFolder

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
ANY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
)


def objects(**typical: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with these properties, each typical, strange or absent."""
    return st.fixed_dictionaries({}, optional={name: st.just(value) | ANY for name, value in typical.items()})


CONTROLS = objects(
    controlName="A",
    controlCategory="Device",
    score=1,
    scoreInPercentage=50,
    count="1",
    total="2",
    on="true",
    lastSynced="2026-01-15T00:00:00Z",
    implementationStatus="<p>x",
    AdditionalProperties={"count": "1"},
)
AVERAGES = objects(
    basis="AllTenants", averageScore=20, identityScore="10", identityScoreMax=30, categoryValue="x"
)
SCORES = objects(
    id="t_2026-01-15",
    azureTenantId="t",
    createdDateTime="2026-01-15T00:00:00Z",
    currentScore=1,
    enabledServices=["x"],
).flatmap(
    lambda score: st.fixed_dictionaries(
        {
            "controlScores": st.lists(CONTROLS, max_size=3) | ANY,
            "averageComparativeScores": st.lists(AVERAGES, max_size=2),
        }
    ).map(lambda lists: score | lists)
)
PROFILES = objects(
    id="A", maxScore=10, service="AzureAD", actionType="Config", threats=["Account breach"], deprecated=False
).flatmap(
    lambda profile: st.lists(
        objects(state="Ignored", updatedDateTime="2026-01-15T00:00:00Z"), max_size=3
    ).map(lambda updates: profile | {"controlStateUpdates": updates})
)


def save(folder: Path, contents: list[Any]) -> list[Path]:
    files = [folder / f"{number}.json" for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_text(json.dumps({"value": content}), encoding="utf-8")
    return files


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(SCORES, max_size=2) | st.lists(PROFILES, max_size=2) | ANY, min_size=1, max_size=3))
def test_any_json_is_imported_or_refused_whole(contents: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = EvidenceFolder(Path(name) / "evidence")
        try:
            import_native_score(save(Path(name), contents), folder)
        except SecureScoreError:
            runs = 0
        else:
            runs = 1
        assert len(folder.runs()) == runs


WHOLE = {"azureTenantId": "t", "createdDateTime": "2026-01-15T00:00:00Z"}
NAMED = st.tuples(CONTROLS, st.text(min_size=1, max_size=8)).map(
    lambda pair: pair[0] | {"controlName": f"c{pair[1]}"}
)


@settings(max_examples=40, deadline=None)
@given(st.lists(NAMED, max_size=4), st.lists(AVERAGES, max_size=2), st.lists(PROFILES, max_size=2))
def test_whatever_a_control_says_its_row_is_kept_and_its_points_are_possible(
    controls: list[Any], averages: list[Any], profiles: list[Any]
) -> None:
    score = WHOLE | {"controlScores": controls, "averageComparativeScores": averages}
    named = [profile | {"id": f"p{number}"} for number, profile in enumerate(profiles)]
    with tempfile.TemporaryDirectory() as name:
        files = save(
            Path(name),
            [[score], [profile | {"actionType": "Config"} for profile in named]][: 1 + bool(named)],
        )
        run = import_native_score(files, EvidenceFolder(Path(name) / "evidence")).run
        path = run.table_path("native_controls")
        rows = duckdb.execute(f"SELECT control_id, points, count FROM '{path}'").fetchall()
    assert {identity.casefold() for identity, *_ in rows} == {
        c["controlName"].strip().casefold() for c in controls
    }
    assert all(points is None or 0 <= points <= 10 for _, points, _ in rows)
    assert all(count is None or count >= 0 for *_, count in rows)
