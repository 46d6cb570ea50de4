"""Thirty days of the score that Microsoft would report of an invented organisation, and its control profiles.

The shapes are those of real answers: `count`, `total` and `on` are text; some rows have only a count, some
only a score; device rows count the devices at risk, all others what is covered. Texts are our own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from securescore.catalog import Action, Catalog, Service, Tier
from securescore.demo.devices import impact_of
from securescore.demo.frame import Frame, Json, stamp
from securescore.model import MICRO, Category, Level, Lifecycle, Scoring

DAYS = 30
PREVIEW_CONTROL = "NoordhavenPreviewControl"
"""A control that no catalog knows."""

NOT_SCORED = "mip_management_API_enabled_four_workloads"
"""Listed every day, with the label that it moves nothing."""

_REPORTED = (
    *("AzureAD", "EXO", "MDO", "MIP", "SPO", "MCAS", "MDATP", "Azure ATP"),
    *("MS Teams", "FORMS", "SWAY", "Admincenter", "AppG"),
)
"""The services with rows; those of connected apps have none."""

_ENABLED_SERVICES = (
    ("HasEXOP2", "EXCHANGE_S_ENTERPRISE"),
    ("HasSPOP2", "SHAREPOINTENTERPRISE"),
    ("HasIntune", "INTUNE_A"),
    ("HasAADP1", "AAD_PREMIUM"),
    ("HasAADP2", "AAD_PREMIUM_P2"),
    ("HasMDOP1", "ATP_ENTERPRISE"),
    ("HasMDOP2", "THREAT_INTELLIGENCE"),
    ("HasOCAS", "ADALLOM_S_STANDALONE"),
)

_COUNT_ONLY = frozenset({"OneAdmin", "RoleOverlap"})
_BARE = frozenset(
    {
        *("PWAgePolicyNew", "mip_search_auditlog", "exo_mailboxaudit", "exo_mailtipsenabled"),
        *("exo_oauth2clientprofileenabled", "exo_outlookaddins", "exo_storageproviderrestricted"),
    }
)
_DECLARED = {
    "McasFirewallLogUpload": ("ThirdParty", "De firewall meldt zelf welke clouddiensten gebruikt worden"),
    "mdo_safedocuments": ("Ignored", "Bewust niet aangezet"),
    "exo_outlookaddins": ("Reviewed", "Bekeken door de werkplekbeheerder"),
}
"""Controls whose state somebody set at Microsoft."""

_WORDS_OF_LEVEL = {Level.LOW: "Low", Level.MODERATE: "Moderate", Level.HIGH: "High"}
_WORDS_OF_TIER = {Tier.CORE: "Core", Tier.DEFENSE_IN_DEPTH: "Defense In Depth", Tier.ADVANCED: "Advanced"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What Microsoft saw of the organisation today.

    Attributes:
        covered: proportional controls: how many of how many are covered.
        on: switch controls and whether they are on.
        people: accounts that are counted by controls about users.
        at_risk: configurations of devices: how many of how many devices lack it.
    """

    covered: Mapping[str, tuple[int, int]]
    on: Mapping[str, bool]
    people: int
    at_risk: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class NativeScore:
    """What the two secure score endpoints answer; scores newest first."""

    scores: list[Json]
    profiles: list[Json]


def build_native_score(frame: Frame, catalog: Catalog, plans: set[str], seen: Seen) -> NativeScore:
    """The history up to the organisation's moment, of the services whose plans it owns."""
    known = [one for one in catalog.actions.values() if not one.id.startswith("custom.")]
    actions = list(_reported(known, catalog.services, plans, seen, frame.as_of))
    scores = [_score(frame, actions, plans, seen, ago) for ago in range(DAYS)]
    profiles = [_profile(frame, rank, action) for rank, action in enumerate(known, 1)]
    return NativeScore(scores, [*profiles, _preview_profile(frame)])


def _reported(
    known: Sequence[Action], services: Mapping[str, Service], plans: set[str], seen: Seen, day: datetime
) -> Iterator[Action]:
    for code in _REPORTED:
        if code in services and _licensed(plans, services[code].plans):
            yield from (one for one in known if one.service == code and _is_scored(one, plans, seen, day))


def _licensed(plans: set[str], needed: Sequence[str]) -> bool:
    return not needed or not plans.isdisjoint(needed)


def _is_scored(action: Action, plans: set[str], seen: Seen, day: datetime) -> bool:
    """Whether the tenant may have it and it is worth something; a device configuration, whether it is for any device."""
    needed = action.licence.plans if action.licence else ()
    if action.lifecycle is Lifecycle.DEPRECATED or not _licensed(plans, needed):
        return False
    return action.id in seen.at_risk if action.service == "MDATP" else bool(action.maximum_on(day))


def _points(action: Action, day: datetime) -> float:
    """As in the catalog; a configuration of a device is worth its impact."""
    if action.service == "MDATP":
        return float(impact_of(action))
    return (action.maximum_on(day) or 0) / MICRO


def _score(frame: Frame, actions: Sequence[Action], plans: set[str], seen: Seen, ago: int) -> Json:
    day = datetime.combine(frame.as_of.date(), time(), frame.as_of.tzinfo) - timedelta(days=ago)
    rows = [_row(frame, action, seen, day, ago) for action in actions]
    rows += [_preview_row(day), *_not_scored_row(plans, day)]
    maximum = sum(_points(action, day) for action in actions) + 4
    return {
        "id": f"{frame.tenant_id}_{day:%Y-%m-%d}",
        "azureTenantId": frame.tenant_id,
        "createdDateTime": stamp(day),
        "activeUserCount": seen.people * 9 // 10 - ago % 7,
        "licensedUserCount": seen.people - ago // 6,
        "currentScore": round(sum(float(row["score"]) for row in rows), 2),
        "maxScore": maximum,
        "enabledServices": [name for name, plan in _ENABLED_SERVICES if plan in plans],
        "averageComparativeScores": _averages(ago),
        "controlScores": rows,
        "vendorInformation": _VENDOR,
    }


_VENDOR: Json = {
    "provider": "SecureScore",
    "providerVersion": None,
    "subProvider": None,
    "vendor": "Microsoft",
}


def _row(frame: Frame, action: Action, seen: Seen, day: datetime, ago: int) -> Json:
    shape = _shape_of(action)
    share, more = shape(frame, action, seen, ago)
    score = round(_points(action, day) * share, 2)
    return {
        "controlCategory": str(action.category_on(day)),
        "controlName": action.id,
        "description": action.title,
        "score": score,
        "scoreInPercentage": round(100 * share, 2),
        "lastSynced": stamp(day - timedelta(hours=3)),
        "source": action.service,
        "controlState": _DECLARED.get(action.id, ("Default", ""))[0],
        **more,
    }


_Shape = Callable[[Frame, Action, Seen, int], tuple[float, Json]]


def _shape_of(action: Action) -> _Shape:
    if action.service == "MDATP":
        return _device
    if action.scoring is Scoring.PROPORTIONAL:
        return _proportional
    if action.id in _COUNT_ONLY:
        return _count_only
    return _bare if action.id in _BARE else _switch


def _device(frame: Frame, action: Action, seen: Seen, ago: int) -> tuple[float, Json]:
    today, total = seen.at_risk[action.id]
    risk = min(total, today + round(total * ago * frame.chance(f"control {action.id}").choice(_PACES)))
    status = f"{risk}/{total} at risk"
    return (total - risk) / total, {"count": str(risk), "total": str(total), "implementationStatus": status}


_PACES = (0.0, 0.0, 0.002, 0.006)
"""What part of its population a control gets on a day."""


def _left_to_do(frame: Frame, action: Action, total: int, ago: int) -> int:
    """How many are not covered that many days ago: a share of the control's own, shrinking day by day."""
    chance = frame.chance(f"control {action.id}")
    today = chance.choice((0.0, 0.02, 0.05, 0.12, 0.3, 0.55, 1.0))
    pace = chance.choice(_PACES)
    return min(total, round(total * (today + pace * ago)))


def _proportional(frame: Frame, action: Action, seen: Seen, ago: int) -> tuple[float, Json]:
    if action.id in seen.covered:
        covered, total = seen.covered[action.id]
        covered = max(0, covered - ago // 2 if 0 < covered < total else covered)
    else:
        total = max(1, seen.people - ago // 6)
        covered = total - _left_to_do(frame, action, total, ago)
    share = covered / total if total else 1.0
    return share, {
        "count": str(covered),
        "total": str(total),
        "implementationStatus": _status(action, covered, total),
    }


def _status(action: Action, covered: int, total: int) -> str:
    """Mail policies answer in markup, everything else in a sentence."""
    if action.service != "MDO":
        return f"{covered} of {total} are covered."
    rest = total - covered
    return (
        f"<p>{covered} of {total} users are under a policy that meets the advice&nbsp;</p>"
        f"<ul><li>Standard - {covered} users</li><li>Default - {rest} users</li></ul>"
    )


def _is_on(frame: Frame, action: Action, seen: Seen, ago: int) -> bool:
    """Three controls of ten were switched on during the month or before it; each has a day of its own."""
    if action.id in seen.on:
        return seen.on[action.id]
    if _DECLARED.get(action.id, ("", ""))[0] == "ThirdParty":
        return True
    chance = frame.chance(f"control {action.id}")
    return chance.random() < 0.55 and chance.randint(0, 5 * DAYS) >= ago  # noqa: PLR2004 - a little over half


def _switch(frame: Frame, action: Action, seen: Seen, ago: int) -> tuple[float, Json]:
    on = _is_on(frame, action, seen, ago)
    text = "This is set as advised." if on else "This is not set as advised."
    return float(on), {"on": "true" if on else "false", "implementationStatus": text}


def _bare(frame: Frame, action: Action, seen: Seen, ago: int) -> tuple[float, Json]:
    on = _is_on(frame, action, seen, ago)
    return float(on), {"implementationStatus": "In order." if on else "Not in order."}


def _count_only(frame: Frame, action: Action, seen: Seen, ago: int) -> tuple[float, Json]:
    on = _is_on(frame, action, seen, ago)
    count = seen.covered.get(action.id, (0, 0))[0]
    return float(on), {"count": str(count), "implementationStatus": f"{count} people."}


def _preview_row(day: datetime) -> Json:
    return {
        "controlCategory": str(Category.APPS),
        "controlName": PREVIEW_CONTROL,
        "description": "Invented control that no catalog knows",
        "score": 1.5,
        "scoreInPercentage": 37.5,
        "count": "3",
        "total": "8",
        "implementationStatus": "3 of 8 quays are covered.",
        "lastSynced": stamp(day - timedelta(hours=3)),
    }


def _not_scored_row(plans: set[str], day: datetime) -> Iterable[Json]:
    if "RMS_S_ENTERPRISE" not in plans:
        return []
    row = _preview_row(day) | {"controlCategory": str(Category.DATA), "controlName": NOT_SCORED}
    row |= {"score": 0.0, "scoreInPercentage": 0.0, "NotScored": "true", "on": "false"}
    return [{name: value for name, value in row.items() if name not in {"count", "total"}}]


def _averages(ago: int) -> list[Json]:
    """All tenants, tenants of this size, and an industry nobody has figures for (-1 means: none)."""
    drift = round(0.01 * ago, 2)
    none = dict.fromkeys(("averageScore", "identityScore", "dataScore", "deviceScore", "appsScore"), -1)
    return [
        _average("AllTenants", 46.2 - drift, 35.1, 59.4),
        {
            **_average("TotalSeats", 51.7 - drift, 33.8, 59.6),
            "SeatSizeRangeLowerValue": "1001",
            "SeatSizeRangeUpperValue": "5000",
        },
        {"basis": "IndustryTypes", "categoryValue": "transport", **none},
    ]


def _average(basis: str, overall: float, identity: float, identity_most: float) -> Json:
    return {
        "basis": basis,
        "averageScore": round(overall, 2),
        "identityScore": identity,
        "identityScoreMax": identity_most,
        "dataScore": 2.4,
        "dataScoreMax": 8.1,
        "deviceScore": 88.6,
        "deviceScoreMax": 201.3,
        "appsScore": 61.9,
        "appsScoreMax": 118.2,
        "infrastructureScore": 0,
        "infrastructureScoreMax": 0,
    }


def _profile(frame: Frame, rank: int, action: Action) -> Json:
    return {
        "id": action.id,
        "azureTenantId": frame.tenant_id,
        "actionType": "Config",
        "actionUrl": action.link or "https://security.example/",
        "complianceInformation": [],
        "controlCategory": str(action.category_on(frame.as_of)),
        "controlStateUpdates": _state_updates(frame, action.id),
        "deprecated": action.lifecycle == "deprecated",
        "implementationCost": _WORDS_OF_LEVEL[action.cost] if action.cost else "Unknown",
        "lastModifiedDateTime": None,
        "maxScore": _points(action, frame.as_of),
        "rank": rank,
        "remediation": "Invented for a demonstration.",
        "remediationImpact": "Invented for a demonstration.",
        "service": action.service,
        "threats": [threat.replace("_", " ").capitalize() for threat in action.threats],
        "tier": _WORDS_OF_TIER[action.tier] if action.tier else "Core",
        "title": action.title,
        "userImpact": _WORDS_OF_LEVEL[action.user_impact] if action.user_impact else "Unknown",
        "vendorInformation": _VENDOR,
    }


def _state_updates(frame: Frame, control: str) -> list[Json]:
    empty: Json = dict.fromkeys(("assignedTo", "comment", "updatedBy", "updatedDateTime"))
    updates = [{**empty, "state": "Default"}]
    if control in _DECLARED:
        state, comment = _DECLARED[control]
        who = f"adm-1@{frame.initial_domain}"
        given = {"assignedTo": None, "comment": comment, "state": state}
        updates.append(given | {"updatedBy": who, "updatedDateTime": frame.ago(days=44)})
    return updates


def _preview_profile(frame: Frame) -> Json:
    return {
        "id": PREVIEW_CONTROL,
        "azureTenantId": frame.tenant_id,
        "actionType": "Config",
        "actionUrl": "https://security.example/preview",
        "complianceInformation": [],
        "controlCategory": str(Category.APPS),
        "controlStateUpdates": _state_updates(frame, PREVIEW_CONTROL),
        "deprecated": False,
        "implementationCost": "Low",
        "lastModifiedDateTime": frame.ago(days=9),
        "maxScore": 4.0,
        "rank": 900,
        "remediation": "Invented for a demonstration.",
        "remediationImpact": "Invented for a demonstration.",
        "service": "Harbour",
        "threats": ["Account breach"],
        "tier": "Advanced",
        "title": "Keep every quay in view",
        "userImpact": "Low",
        "vendorInformation": _VENDOR,
    }
