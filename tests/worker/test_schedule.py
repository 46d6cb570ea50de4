"""Every tenant is due once a day of its own zone, whatever the clocks do there."""

import itertools
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from securescore.worker.schedule import AGAIN, WINDOW, due, minute_of, moment_of, newest_moment

ZONES = sorted(available_timezones() - {"Factory"})
TICK = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
TENANT = uuid.UUID("7f3c2c1e-1111-4222-8333-444455556666")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)

days = st.dates(date(2022, 1, 1), date(2037, 12, 1))
zones = st.sampled_from(ZONES)
instants = st.datetimes(datetime(2022, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


def changes_of(name: str, year: int) -> list[date]:
    """The days of a year on which the clocks of a zone are changed."""
    zone, first = ZoneInfo(name), datetime(year, 1, 1, tzinfo=UTC)
    hours = [first + timedelta(hours=hour) for hour in range(366 * 24)]
    return [
        b.astimezone(zone).date()
        for a, b in itertools.pairwise(hours)
        if a.astimezone(zone).utcoffset() != b.astimezone(zone).utcoffset()
    ]


def reads(tenant: uuid.UUID, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """When a tenant is read by a schedule that looks every five minutes, each attempt good."""
    tried, found, now = start, [], start
    while now < end:
        if due(tenant, zone, tried, 0, now):
            tried = now
            found.append(now)
        now += TICK
    return found


@given(st.uuids(), zones, days)
def test_a_moment_is_on_its_day_in_the_night(tenant: uuid.UUID, name: str, day: date) -> None:
    zone = ZoneInfo(name)
    moment = moment_of(tenant, zone, day)
    assert moment.astimezone(zone).date() == day
    assert moment < moment_of(tenant, zone, day + DAY)
    assert moment.astimezone(zone).hour < WINDOW // timedelta(hours=1) + 1


@given(st.uuids(), zones, instants)
def test_what_was_read_now_is_due_at_its_next_moment_and_not_before(
    tenant: uuid.UUID, name: str, now: datetime
) -> None:
    zone = ZoneInfo(name)
    today = now.astimezone(zone).date()
    following = min(
        moment for n in range(-1, 3) if (moment := moment_of(tenant, zone, today + n * DAY)) > now
    )
    assert not due(tenant, name, now, 0, now)
    assert not due(tenant, name, now, 0, following - SECOND)
    assert due(tenant, name, now, 0, following)
    assert newest_moment(tenant, name, now) <= now < following


@settings(max_examples=25, deadline=None)
@given(
    st.uuids(), st.sampled_from(["Europe/Amsterdam", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe"])
)
def test_once_a_day_while_the_clocks_change(tenant: uuid.UUID, name: str) -> None:
    """Clocks that go at midnight, at two, by half an hour: every day has one reading, within a tick of its moment."""
    zone = ZoneInfo(name)
    changed = changes_of(name, 2026)
    assert len(changed) == 2
    for day in changed:
        start = datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC) - 3 * DAY
        found = reads(tenant, name, start, start + 6 * DAY)
        assert Counter(moment.astimezone(zone).date() for moment in found) == Counter(
            day + n * DAY for n in range(-2, 4)
        )


@given(st.uuids(), zones, instants, st.integers(1, 400))
def test_days_that_were_missed_are_made_up_by_one_reading(
    tenant: uuid.UUID, name: str, now: datetime, missed: int
) -> None:
    assert due(tenant, name, now - (missed + 1) * DAY, 0, now)
    assert not due(tenant, name, now, 0, now + TICK) or newest_moment(tenant, name, now + TICK) > now


def test_a_new_tenant_is_due_at_once() -> None:
    assert due(TENANT, "Europe/Amsterdam", None, 0, NOON)


def test_a_failure_is_tried_again_ever_later_and_then_left_for_the_next_night() -> None:
    for attempts, delay in enumerate(AGAIN, start=1):
        assert not due(TENANT, "UTC", NOON, attempts, NOON + delay - SECOND)
        assert due(TENANT, "UTC", NOON, attempts, NOON + delay)
    tonight = moment_of(TENANT, ZoneInfo("UTC"), NOON.date() + DAY)
    assert not due(TENANT, "UTC", NOON, len(AGAIN) + 1, tonight - SECOND)
    assert due(TENANT, "UTC", NOON, len(AGAIN) + 1, tonight)


def test_what_failed_for_days_is_tried_once_a_night() -> None:
    attempts, tried, found = len(AGAIN) + 1, NOON, []
    for tick in range(4 * DAY // TICK):
        now = NOON + tick * TICK
        if due(TENANT, "UTC", tried, attempts, now):
            attempts, tried = attempts + 1, now
            found.append(now)
    assert [moment.date() for moment in found] == [NOON.date() + n * DAY for n in range(1, 5)]


def test_tenants_are_spread_evenly() -> None:
    minutes = Counter(minute_of(uuid.uuid5(TENANT, str(number))) for number in range(36_000))
    assert set(minutes) == set(range(360))
    assert 50 < min(minutes.values()) <= max(minutes.values()) < 160


@pytest.mark.parametrize("name", ["Atlantis/Centre", "../etc/passwd", ""])
def test_a_zone_that_is_not_known_here_counts_as_utc(name: str) -> None:
    assert newest_moment(TENANT, name, NOON) == newest_moment(TENANT, "UTC", NOON)
