"""Tags, which move nothing, and attestations of tasks, which credit them until they lapse."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.assess.hand_made import action
from tests.services.deciding_people import STRANGER, reader
from tests.services.tenancy import Record

from securescore.assess.organisation import parse_organisation
from securescore.catalog import Catalog
from securescore.errors import ConfigurationError, NotAllowedError, UnknownError
from securescore.model import MICRO, Kind
from securescore.scoring.change import Trigger
from securescore.services.content import Content, shipped
from securescore.services.decisions.attesting import attest, list_attestations, take_attestation_back
from securescore.services.decisions.organisation_files import export_organisation, import_organisation
from securescore.services.decisions.tagging import change_tags, list_tags

ACTION = "MFARegistrationV2"
TASK = "custom.review_guests"


def with_task() -> Content:
    content = shipped()
    known = content.catalog
    task = action(TASK, sql=None, points=5, kind=Kind.TASK, cadence_days=30)
    catalog = Catalog("with a task", {**known.actions, TASK: task}, known.services, known.plans)
    return replace(content, catalog=catalog)


@pytest.fixture
def tasked(record: Record) -> Record:
    """The same tenant, with a task in the catalog."""
    content = with_task()
    record.installation = replace(record.installation, content=lambda: content)
    record.take()
    return record


def test_tags_are_put_on_and_taken_off(record: Record) -> None:
    number, audited = record.standing.snapshot.number, len(record.audited())

    def change(*add: str, remove: tuple[str, ...] = ()) -> tuple[str, ...]:
        return change_tags(
            record.here, record.actor, record.tenant_id, ACTION.lower(), add=add, remove=remove
        )

    assert change("Q2 ", "board") == ("board", "Q2")
    assert change("q2") == ("board", "Q2")
    assert change(remove=("BOARD", "never there")) == ("Q2",)
    assert list_tags(record.here, reader(record), record.tenant_id) == {ACTION: ("Q2",)}
    assert change(remove=("q2",)) == ()
    assert list_tags(record.here, record.actor, record.tenant_id) == {}
    assert record.standing.snapshot.number == number
    acts = [(entry.act, entry.target) for entry in record.audited()[audited:]]
    assert acts == [("tags.change", ACTION)] * 3
    for wrong in ("", " ", "x" * 51, "a\0"):
        with pytest.raises(ConfigurationError):
            change(wrong)
    with pytest.raises(ConfigurationError, match="more than 100 tags"):
        change(*map(str, range(101)))
    with pytest.raises(UnknownError, match="no action 'NoSuch'"):
        change_tags(record.here, record.actor, record.tenant_id, "NoSuch", add=["a"])
    for actor, error in ((reader(record), NotAllowedError), (STRANGER, UnknownError)):
        with pytest.raises(error):
            change_tags(record.here, actor, record.tenant_id, ACTION, add=["a"])


def test_an_attested_task_is_credited_until_it_lapses(tasked: Record) -> None:
    record = tasked
    before, number = record.standing.snapshot.totals, record.standing.snapshot.number
    assert record.action(TASK).points == 0
    done = (record.moment - timedelta(days=20)).date()
    row, new = attest(record.here, record.actor, record.tenant_id, TASK.upper(), on=done, note="did it")
    assert (new, row.lapses) == (True, done + timedelta(days=30))
    assert attest(record.here, record.actor, record.tenant_id, TASK, on=done, note="did it") == (row, False)
    task, totals = record.action(TASK), record.standing.snapshot.totals
    assert (task.points, task.verified) == (5 * MICRO, 0)
    assert (totals.points - before.points, totals.verified, totals.maximum) == (
        5 * MICRO,
        before.verified,
        before.maximum,
    )
    assert (record.standing.snapshot.number, record.standing.snapshot.trigger) == (
        number + 1,
        Trigger.DECISION,
    )
    assert [entry.act for entry in record.audited()][-1] == "attestation.make"

    text = export_organisation(record.here, record.actor, record.tenant_id)
    assert f'action = "{TASK}"\nattested = {done}' in text
    wanted = parse_organisation(text, "file")
    assert not import_organisation(record.here, record.actor, record.tenant_id, wanted).changed

    record.later(days=9)
    assert [one.trigger for one in record.take()] == [Trigger.SYNC]
    record.later(days=1)
    taken = record.take()
    assert [one.trigger for one in taken] == [Trigger.EXPIRY, Trigger.SYNC]
    assert record.action(TASK).points == 0
    # done again, it counts again; taken back, it does not
    again, _ = attest(record.here, record.actor, record.tenant_id, TASK)
    assert record.action(TASK).points == 5 * MICRO
    take_attestation_back(record.here, record.actor, record.tenant_id, again.number)
    assert record.action(TASK).points == 0
    assert list_attestations(record.here, reader(record), record.tenant_id) == [row]
    with pytest.raises(UnknownError, match="taken back already"):
        take_attestation_back(record.here, record.actor, record.tenant_id, again.number)


def test_tasks_of_a_file(tasked: Record) -> None:
    record = tasked
    text = (
        f'[[attestation]]\naction = "{TASK}"\nattested = 2026-03-01\nlapses = 2026-03-11\nby = "somebody"\n'
    )
    wanted = parse_organisation(text + '[[attestation]]\naction = "NoTask"\nattested = 2026-03-01\n', "file")
    done = import_organisation(record.here, record.actor, record.tenant_id, wanted)
    assert (done.kinds["attestations"].added, done.unknown) == (1, ("notask",))
    (row,) = list_attestations(record.here, record.actor, record.tenant_id)
    assert (row.lapses, row.attested_by) == (date(2026, 3, 11), "operator:tester")
    assert record.action(TASK).points == 5 * MICRO
    assert not import_organisation(record.here, record.actor, record.tenant_id, wanted).changed
    empty = parse_organisation("", "file")
    assert (
        import_organisation(record.here, record.actor, record.tenant_id, empty).kinds["attestations"].ended
        == 1
    )
    assert record.action(TASK).points == 0


def test_what_cannot_be_attested(tasked: Record) -> None:
    record, today = tasked, tasked.moment.date()
    cases: list[tuple[str, date, type[Exception], str]] = [
        (ACTION, today, UnknownError, "there is no task"),
        (TASK, today + timedelta(days=1), ConfigurationError, "still to come"),
        (TASK, today - timedelta(days=30), ConfigurationError, "counted until 2026-03-01"),
    ]
    for name, day, error, sentence in cases:
        with pytest.raises(error, match=sentence):
            attest(record.here, record.actor, record.tenant_id, name, on=day)
    for actor, refused in ((reader(record), NotAllowedError), (STRANGER, UnknownError)):
        with pytest.raises(refused):
            attest(record.here, actor, record.tenant_id, TASK)
        with pytest.raises(refused):
            take_attestation_back(record.here, actor, record.tenant_id, 1)
