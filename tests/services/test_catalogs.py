"""New content waits for its approval; what it would do is shown before, and does exactly that after."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from tests.services.tenancy import Record
from tests.store.databases import Server, engine

from securescore.catalog.diff import Change
from securescore.catalog.model import Dated
from securescore.errors import CatalogError, ConflictError, NotAllowedError
from securescore.model import MICRO, Scoring
from securescore.scoring.change import Cause, Trigger
from securescore.services import catalogs, content, content_in_force
from securescore.services.actor import Actor, Right
from securescore.services.catalogs import approve_content, preview_content, read_upcoming, rescore_tenant
from securescore.services.content import Content, shipped
from securescore.store import audit, queue

OLD = shipped()
ACTION = "MFARegistrationV2"


@pytest.fixture
def kept(record: Record) -> Record:
    """A tenant that is assessed with the content in force, which is kept as files."""
    here = record.installation
    record.installation = replace(
        here,
        content=lambda: content_in_force.content_in_force(here.database, lambda: record.moment),
    )
    assert record.here.content() is OLD
    assert record.take()
    return record


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Content]:
    """What a newer version of the program would bring: an action that is all or nothing, and one more."""
    old = OLD.catalog.actions[ACTION]
    own = replace(old, id="custom.own", aliases=(), points=(Dated(5 * MICRO),), scoring=Scoring.PROPORTIONAL)
    changed = replace(old, scoring=Scoring.ALL_OR_NOTHING, content_hash="another")
    actions = {**OLD.catalog.actions, ACTION: changed, own.id: own}
    new = Content(replace(OLD.catalog, version="2-newer", actions=actions), OLD.facts)
    for module in (catalogs, content_in_force):
        monkeypatch.setattr(module, "shipped", lambda: new)
    yield new
    content.unpacked.cache_clear()


def test_without_a_newer_version_nothing_waits(kept: Record) -> None:
    found = read_upcoming(kept.here, kept.actor)
    assert (found.in_force, found.waiting, found.differences) == (OLD.version, OLD.version, ())
    with pytest.raises(ConflictError, match="no new content waits"):
        approve_content(kept.here, kept.actor)


def test_the_content_in_force_is_kept_as_files_and_says_the_same(kept: Record, newer: Content) -> None:
    found = kept.here.content()
    assert found.version == OLD.version != newer.version
    assert found is not OLD
    number = kept.standing.snapshot.number
    assert rescore_tenant(kept.here, kept.actor, kept.tenant_id) == []
    assert kept.standing.snapshot.number == number


def test_what_it_would_do_is_what_it_does(kept: Record, newer: Content) -> None:
    before = kept.standing.snapshot
    changes = {(one.change, one.action.id) for one in read_upcoming(kept.here, kept.actor).differences}
    assert changes == {(Change.ADDED, "custom.own"), (Change.RE_MEASURED, ACTION)}
    preview = preview_content(kept.here, kept.actor, kept.tenant_id)
    assert preview is not None
    assert set(preview.credited.parts) == {Cause.ADDED, Cause.RE_MEASURED}
    assert kept.standing.snapshot == before

    assert approve_content(kept.here, kept.actor) == 1
    with kept.here.database.installation() as connection:
        assert queue.any_waiting(connection)
        assert [entry.act for entry in audit.entries(connection)][-1] == "content.apply"
    (taken,) = rescore_tenant(kept.here, kept.actor, kept.tenant_id)
    assert taken.trigger is Trigger.CATALOG
    assert taken.totals.credited_pair - before.totals.credited_pair == preview.credited.difference
    assert taken.catalog_version == newer.catalog.version
    assert rescore_tenant(kept.here, kept.actor, kept.tenant_id) == []


def test_a_synchronisation_before_the_approval_moves_nothing(kept: Record, newer: Content) -> None:
    before = kept.standing.snapshot.totals
    kept.later(days=1)
    assert [one.trigger for one in kept.take()] == [Trigger.SYNC]
    assert kept.standing.snapshot.totals == before


def test_it_comes_by_itself_on_its_day(kept: Record, newer: Content) -> None:
    day: date = (kept.moment + timedelta(days=3)).date()
    assert approve_content(kept.here, kept.actor, day) == 0
    assert read_upcoming(kept.here, kept.actor).due == day
    kept.later(days=1)
    assert [one.trigger for one in kept.take()] == [Trigger.SYNC]
    kept.later(days=2)
    assert [one.trigger for one in kept.take()] == [Trigger.CATALOG, Trigger.SYNC]
    assert read_upcoming(kept.here, kept.actor).due is None


def test_content_that_cannot_be_read_any_more_gives_way(
    kept: Record, newer: Content, databases: Server
) -> None:
    superuser = databases.superuser.set(database=kept.here.database.url.database)
    with engine(superuser) as one, one.begin() as connection:
        connection.execute(text("UPDATE kept_content SET packed = 'nonsense'"))
    assert kept.here.content() is newer
    with kept.here.database.installation() as connection:
        (entry,) = list(audit.entries(connection))[-1:]
    assert "cannot be read any more" in (entry.after or "")


def test_only_a_manager_approves(kept: Record, newer: Content) -> None:
    writer = Actor("a@b.example", "x", "a@b.example", everywhere=frozenset({Right.READ, Right.WRITE}))
    assert read_upcoming(kept.here, writer).waiting == newer.version
    with pytest.raises(NotAllowedError):
        approve_content(kept.here, writer)


@pytest.mark.parametrize("name", ["../actions.yaml", "/tmp/actions.yaml", "actions/../../x"])
def test_files_that_lead_outside_are_never_written(name: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(CatalogError, match="leads outside"):
        content.unpacked(packed.getvalue())
