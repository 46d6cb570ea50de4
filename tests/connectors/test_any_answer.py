"""Every live table, given what a service might send instead: a wrong value is counted, never a crash, never a silent null.

The pages are those that the sources read from the invented cloud. In some of their documents one value is put in the
place of another, or taken away; what comes of them is held against what came before.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.evidence.desk import START, TENANT, Shaped, read

from securescore.connectors import Clock, collect, load_tenant
from securescore.connectors.http.limits import Limit, Limiters, ServiceClass
from securescore.connectors.microsoft_graph.batches import BatchItem
from securescore.connectors.registry import SOURCES
from securescore.connectors.source import Output, Reading, Source
from securescore.demo import CredentialKind, InventedCloud, Organisation, write_tenant_file
from securescore.errors import SecureScoreError
from securescore.evidence import EvidenceFolder, RunWriter

OUTPUTS = {output.table.name: output for source in SOURCES for output in source.outputs}
NO_DOCUMENTS = {"cloud_app_activity", "mail_domain_records"}
"""Their pages are rows that were counted or looked up: test_sources.py and test_records.py see to them."""

ONE_FOR_ALL = {"conditional_access_targets"}
"""Here a row of kind `unknown` stands for what cannot be read: test_wrong_values.py sees to it."""

CONCLUDED = {"unit"}
"""Columns whose value other values only prove, or do not: without a usable average its unit is not known."""

MOST_PAGES = 100
MOST_DOCUMENTS = 6
GONE = "what is taken away"


@dataclass(frozen=True)
class Page:
    """One page as a source gave it, and the documents of the service in it."""

    given: Any
    documents: list[Any]

    def having(self, documents: list[Any]) -> Any:
        """The same page with other documents."""
        if isinstance(self.given, tuple):
            return (*self.given[:-1], Page(self.given[-1], self.documents).having(documents))
        return [_held(part, new) for part, new in zip(self.given, documents, strict=False)]


def _document(part: Any) -> Any:
    if isinstance(part, BatchItem):
        return json.loads(part.body)
    if isinstance(part, bytes):
        return json.loads(part)
    return part if isinstance(part, dict) else part.score


def _held(part: Any, document: Any) -> Any:
    if isinstance(part, BatchItem):
        return replace(part, body=json.dumps(document).encode())
    if isinstance(part, bytes):
        return json.dumps(document).encode()
    return document if isinstance(part, dict) else part._replace(score=document)


def opened(given: Any) -> Page:
    parts = given[-1] if isinstance(given, tuple) else given
    return Page(given, [_document(part) for part in parts[:MOST_DOCUMENTS]])


def recording(source: Source, kept: dict[str, list[Any]]) -> Source:
    """The source; the pages that it gives are kept."""

    def fetch(reading: Reading) -> Iterator[Any]:
        for page in source.fetch(reading):
            for table in source.tables:
                kept[table.name].append(page)
            yield page

    return replace(source, fetch=fetch)


class Recorded:
    """Pages of every table. It is large, so it does not show itself."""

    def __init__(self, kept: Mapping[str, list[Any]]) -> None:
        self._kept = kept

    def __repr__(self) -> str:
        return "recorded"

    def pages(self, table: str) -> list[Page]:
        pages = map(opened, self._kept[table][:MOST_PAGES])
        return [page for page in pages if page.documents]

    @property
    def tables(self) -> set[str]:
        return {name for name, pages in self._kept.items() if any(pages)}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("recorded")
    kept: dict[str, list[Any]] = {name: [] for name in OUTPUTS}
    clock = Clock()
    unhurried = Limiters(clock, dict.fromkeys(ServiceClass, Limit(concurrent=8)))
    with InventedCloud(Organisation.build(people=150)) as cloud:
        tenant = load_tenant(write_tenant_file(cloud, folder / "tenant", CredentialKind.SECRET))
        sources = [recording(source, kept) for source in SOURCES]
        evidence = EvidenceFolder(folder / "evidence")
        assert collect(tenant, evidence, clock=clock, sources=sources, limiters=unhurried).complete
    return Recorded(kept)


class Desk:
    """Writes tables to one run, each under a name of its own."""

    def __init__(self, run: RunWriter) -> None:
        self.run = run
        self.tables = 0
        self.known: dict[tuple[str, int], Shaped] = {}

    def before(self, output: Output, number: int, page: Page) -> Shaped:
        """What a page came to as it was."""
        key = (output.table.name, number)
        if key not in self.known:
            self.known[key] = self.written(output, page.having(page.documents))
        return self.known[key]

    def written(self, output: Output, page: Any) -> Shaped:
        """What the page comes to in the file of its table."""
        self.tables += 1
        table = replace(output.table, name=f"{output.table.name}_{self.tables}")
        with self.run.table(table) as writer:
            if output.shape is None:
                writer.write_objects(page)
            else:
                writer.write_rows(output.shape(page))
        record = self.run.record(table)
        assert record is not None
        file = self.run.path / f"{table.name}.parquet"
        shaped = Shaped(read(file), record)
        file.unlink()
        return shaped


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with EvidenceFolder(tmp_path_factory.mktemp("written")).begin(TENANT, START, "test") as run:
        yield Desk(run)


def by_key(output: Output, shaped: Shaped) -> dict[tuple[Any, ...], dict[str, Any]]:
    names = [column.name for column in output.table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in shaped.rows]
    return {tuple(str(row[name]) for name in output.table.key): row for row in rows}


def count(shaped: Shaped) -> int:
    return len(shaped.rows) + (shaped.record.repeated or 0)


SCALARS = (
    st.booleans() | st.integers(-(2**66), 2**66) | st.sampled_from([0.5, -1.5, "x", "7", "true", "[", "{}"])
)
LISTS = st.lists(SCALARS | st.none(), max_size=2)
OBJECTS = st.dictionaries(st.sampled_from("xy"), SCALARS | st.none() | LISTS, max_size=2)
JSON = SCALARS | LISTS | OBJECTS | st.lists(LISTS | OBJECTS, min_size=1, max_size=2)


def kind(value: Any) -> str:
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "scalar"


WAYS = st.lists(st.integers(0, 40), min_size=1, max_size=4)
CHANGES = st.lists(
    st.tuples(WAYS, JSON | st.none() | st.just(GONE)), min_size=MOST_DOCUMENTS, max_size=MOST_DOCUMENTS
)


def changed(document: Any, way: list[int], new: Any) -> bool:
    """Puts something new at the end of a way into the document. Returns whether it is wrong there, not only less."""
    inside, old = None, document
    for step in way:
        if not isinstance(old, dict | list) or not old:
            break
        inside = old
        places = sorted(inside) if isinstance(inside, dict) else range(len(inside))
        place = places[step % len(places)]
        old = inside[place]
    if inside is None:
        return False
    if new == GONE:
        del inside[place]
        return False
    inside[place] = new
    if old is None or new in (None, [], {}):  # nothing was said, or nothing is said now
        return False
    return kind(old) != kind(new) or kind(new) == "scalar"


def test_every_live_table_was_recorded(recorded: Recorded) -> None:
    assert recorded.tables == set(OUTPUTS)


def search(examples: int) -> settings:
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )


EVERY_TABLE = pytest.mark.parametrize("table", sorted(OUTPUTS.keys() - NO_DOCUMENTS))
WRONG = given(number=st.integers(0, MOST_PAGES), changes=CHANGES)
Changes = list[tuple[list[int], Any]]


@EVERY_TABLE
@search(10)
@WRONG
def test_a_wrong_value_is_counted(
    recorded: Recorded, desk: Desk, table: str, number: int, changes: Changes
) -> None:
    check(OUTPUTS[table], recorded.pages(table), desk, number, changes)


@pytest.mark.slow
@EVERY_TABLE
@search(60)
@WRONG
def test_many_wrong_values_are_counted(
    recorded: Recorded, desk: Desk, table: str, number: int, changes: Changes
) -> None:
    check(OUTPUTS[table], recorded.pages(table), desk, number, changes)


def check(output: Output, pages: list[Page], desk: Desk, number: int, changes: Changes) -> None:
    """Puts the changes into a page. Neither crashes, and what is wrong is counted."""
    number %= len(pages)
    page = pages[number]
    documents, wrong = deepcopy(page.documents), deepcopy(page.documents)
    for place, (way, new) in enumerate(changes[: len(documents)]):
        if changed(documents[place], way, new):
            wrong[place] = documents[place]
    with suppress(SecureScoreError):
        desk.written(output, page.having(documents))
    before = desk.before(output, number, page)
    with suppress(SecureScoreError):
        after = desk.written(output, page.having(wrong))
        fewer = count(before) - count(after)
        whole = output.table.name not in ONE_FOR_ALL
        assert not whole or (max(fewer, 0), uncounted(output, before, after)) == (0, {})


def uncounted(output: Output, before: Shaped, after: Shaped) -> dict[str, int]:
    """Columns with more values lost than were counted as rejected, save in rows that name what is not known in them."""
    rows, lost = by_key(output, after), Counter[str]()
    for key, row in by_key(output, before).items():
        new = rows.get(key, row)
        if any(new[name] != row[name] for name in row if name.startswith("unknown_")):
            continue
        lost.update(name for name in row.keys() - CONCLUDED if row[name] is not None and new[name] is None)
    return dict(lost - Counter(after.record.rejections or {}))
