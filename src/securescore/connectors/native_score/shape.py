"""From objects of Microsoft Graph to rows of the four native tables. Pure: no file, no clock, no network.

Sources: reference secure-score, sections 12 and 14.3; the shapes of real rows in improvement-actions.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from securescore.connectors.native_score.averages import averages_of
from securescore.connectors.native_score.values import (
    Folded,
    flag,
    fold,
    moment,
    moment_or_misfit,
    number,
    plain,
    text,
    told,
    word,
)
from securescore.model import MAX_POINTS, Category

Row = dict[str, Any]

MOST_POINTS_IN_ALL = 1_000_000
MOST_COUNTED = 1_000_000_000

_AT_RISK = re.compile(
    r"\b\d+\s*/\s*\d+\s+at risk\b|\bdevices? at risk\b|\bat[- ]risk devices?\b", re.IGNORECASE
)
_DEVICE_ID = re.compile(r"^scid[_-]", re.IGNORECASE)
_DAY_IN_ID = re.compile(r"_(\d{4}-\d{2}-\d{2})$")
_CATEGORIES = {category.casefold(): str(category) for category in Category} | {
    "account": Category.IDENTITY.value
}
_STATES = {state.casefold(): state for state in ("Default", "Ignored", "ThirdParty", "Reviewed")}
_CONTROL_COLUMNS = frozenset(
    {
        "controlname",
        "controlcategory",
        "score",
        "scoreinpercentage",
        "count",
        "total",
        "on",
        "notscored",
        "lastsynced",
    }
)
_PROFILE_COLUMNS = frozenset(
    {
        "id",
        "title",
        "service",
        "controlcategory",
        "maxscore",
        "rank",
        "tier",
        "implementationcost",
        "userimpact",
        "threats",
        "actionurl",
        "deprecated",
    }
)


def day_of(score: Folded) -> datetime | None:
    """When the score was made: `createdDateTime`, else the day that ends the id."""
    named = _DAY_IN_ID.search(str(score.get("id") or ""))
    return moment(score.get("createddatetime")) or moment(named[1] if named else None)


def tenant_of(item: Folded) -> str | None:
    """The tenant id as text: `azureTenantId`, else the part of a score's id before its day."""
    identity = str(item.get("id") or "")
    return text(item.get("azuretenantid")) or (
        text(_DAY_IN_ID.sub("", identity)) if _DAY_IN_ID.search(identity) else None
    )


def score_row(score: Folded, day: datetime) -> Row:
    """The row of `native_scores`."""
    return {
        "day": day,
        "score_id": told(text, score.get("id")),
        "points": number(score.get("currentscore"), most=MOST_POINTS_IN_ALL),
        "maximum": number(score.get("maxscore"), most=MOST_POINTS_IN_ALL),
        "active_users": number(score.get("activeusercount"), most=MOST_COUNTED),
        "licensed_users": number(score.get("licensedusercount"), most=MOST_COUNTED),
        "enabled_services": score.get("enabledservices"),
    }


def control_rows(score: Folded, day: datetime) -> Iterator[Row]:
    """Rows of `native_controls`, one a control; of a control named twice the last counts.

    Raises:
        ValueError: an entry is no control score.
    """
    by_id: dict[str, Row] = {}
    for entry in _objects(score, "controlScores"):
        row = _control_row(entry, day)
        by_id[row["control_id"].casefold()] = row
    yield from by_id.values()


def _control_row(entry: Mapping[str, Any], day: datetime) -> Row:
    control = fold(entry)
    identity = text(control.get("controlname"))
    if identity is None:
        raise ValueError("a control score without controlName")
    count = number(control.get("count"), most=MOST_COUNTED)
    reason = told(plain, control.get("implementationstatus"))
    whole = {"implementationstatus"} if reason == control.get("implementationstatus") else set()
    return {
        "day": day,
        "control_id": identity,
        "category": told(category, control.get("controlcategory")),
        "points": number(control.get("score"), most=MAX_POINTS),
        "percent": number(control.get("scoreinpercentage"), most=100),
        "count": count,
        "total": number(control.get("total"), most=MOST_COUNTED),
        "counts_at_risk": None if count is None else counts_at_risk(identity, control),
        "switched_on": flag(control.get("on")),
        "not_scored": flag(control.get("notscored")),
        "text": reason,
        "synced": moment_or_misfit(control.get("lastsynced")),
        "raw": _rest(entry, _CONTROL_COLUMNS | whole),
    }


def counts_at_risk(identity: str, control: Folded) -> bool | None:
    """Whether `count` counts what is exposed. None: a device row that says neither.

    Rows about devices count devices at risk, all others what is covered: mixing the two up inverts the
    result. Device rows are known by their id, or by a status such as "1/1 at risk".
    """
    if _DEVICE_ID.match(identity) or _AT_RISK.search(str(control.get("implementationstatus") or "")):
        return True
    return None if category(control.get("controlcategory")) == Category.DEVICE else False


def average_rows(score: Folded, day: datetime) -> Iterator[Row]:
    """Rows of `native_averages`. Missing data (-1, or an empty list) gives no row."""
    yield from averages_of(_objects(score, "averageComparativeScores"), day)


def profile_row(item: Mapping[str, Any]) -> Row:
    """The row of `native_profiles`.

    Raises:
        ValueError: the object has neither `id` nor, as in beta, `controlName`.
    """
    profile = fold(item)
    identity = text(profile.get("id")) or text(profile.get("controlname"))
    if identity is None:
        raise ValueError("a control profile without id")
    threats = profile.get("threats")
    deprecated = flag(profile.get("deprecated"))
    return {
        "control_id": identity,
        "title": told(text, profile.get("title")),
        "service": told(text, profile.get("service")),
        "category": told(category, profile.get("controlcategory")),
        "maximum": number(profile.get("maxscore"), most=MAX_POINTS),
        "rank": number(profile.get("rank"), most=MOST_COUNTED),
        "tier": told(word, profile.get("tier")),
        "cost": told(word, profile.get("implementationcost")),
        "user_impact": told(word, profile.get("userimpact")),
        "threats": [w for t in threats if (w := told(word, t))] if isinstance(threats, list) else threats,
        "link": told(text, profile.get("actionurl")),
        "deprecated": False if deprecated is None else deprecated,
        **_state(profile.get("controlstateupdates")),
        "raw": _rest(item, _PROFILE_COLUMNS),
    }


def category(value: Any) -> str | None:
    """The category in the service's present spelling; beta says Account where v1.0 says Identity."""
    given = text(value)
    return _CATEGORIES.get(given.casefold(), given) if given else None


def _state(updates: Any) -> Row:
    """What people set at Microsoft: the newest entry of the history.

    The placeholder `Default` of a control nobody touched carries no date, so that any dated entry is newer.
    A dated `Default` is somebody's return to it and wins over what was before.
    """
    given = [] if updates is None else updates
    if not isinstance(given, list) or not all(isinstance(entry, Mapping) for entry in given):
        return {"state": [updates]}  # what no column takes, so that it is counted
    entries = [fold(entry) for entry in given]
    never = datetime.min.replace(tzinfo=UTC)
    newest: Folded = max(
        reversed(entries),
        key=lambda e: (moment(e.get("updateddatetime")) or never, _state_word(e) != "Default"),
        default={},
    )
    return {
        "state": told(_state_of, newest.get("state")),
        "state_comment": told(text, newest.get("comment")),
        "state_by": told(text, newest.get("updatedby")),
        "state_at": moment_or_misfit(newest.get("updateddatetime")),
    }


def _state_word(update: Folded) -> str | None:
    return _state_of(update.get("state"))


def _state_of(value: Any) -> str | None:
    given = text(value)
    return _STATES.get(given.casefold(), given) if given else None


def _objects(score: Folded, name: str) -> list[Mapping[str, Any]]:
    entries = score.get(name.casefold())
    if entries is None:
        return []
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError(f"a score whose {name} is no list of objects (ConvertTo-Json needs -Depth 10)")
    return entries


def _rest(item: Mapping[str, Any], columns: frozenset[str]) -> dict[str, Any]:
    """What the object carries beyond the columns, as given."""
    return {name: value for name, value in item.items() if name.casefold() not in columns}
