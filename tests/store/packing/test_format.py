"""Format 1 stays readable: values written once, and the words that stand in them."""

from base64 import b64decode
from dataclasses import replace
from enum import StrEnum

import pytest
from tests.store.packing.invented import AT, NEXT, usual

from securescore.model import MICRO, Category, Coverage, Outcome, Reason, Source, Status
from securescore.scoring.change import Cause
from securescore.store.packing import StoredEffect, apply_changes, unpack_effects, unpack_full
from securescore.store.packing.rows import Figures, Texts

EXCLUDED = replace(usual("scid_10", 7, 9), coverage=Coverage(7, 1, 0, 1), points=8_750_000)
ODD = replace(
    usual("Émile", 1, 3),
    title="Nieuw",
    category=Category.DATA,
    outcome=Outcome.NOT_ASSESSED,
    reason=Reason.NO_PERMISSION,
    source=None,
    stale=True,
    measured_at=NEXT,
    status=Status.PLANNED,
    measured=None,
    verified=None,
    points=5,
    licensed=None,
    declared_at_microsoft="thirdParty",
    native_points=None,
    native_maximum=None,
)
BEFORE = (usual("AdminMFAV2"), usual("gone", 1, 2), EXCLUDED)
AFTER = (usual("AdminMFAV2", 8, 9), replace(usual("scid_10", 0, 9, 5 * MICRO), measured_at=None), ODD)
CREDITED = (
    StoredEffect("AdminMFAV2", Cause.LEFT, Category.IDENTITY, 722_222, 0),
    StoredEffect("AdminMFAV2", Cause.CONFIGURATION, Category.IDENTITY, 166_667, 0),
    StoredEffect("scid_10", Cause.RECATEGORISED, Category.DEVICE, -8_750_000, -5 * MICRO),
)
VERIFIED = CREDITED[:2]

FULL = b64decode(
    "ARhS6sWbsSStNCfnnOmF/ZcmTGZgYJi8yjElNzPP180xzGhJen5e6vLi5MyUeEODGcsdq0qLUh1dNvlmJhflF+en"
    "lSi45pUUJSp4uixY4ZmSmleSWVK5IrG4OBWIUlaklmUCxZJTV5XkxyempBQBRTcXJ+cXpabEJ5bE58LMmDUJbCsj"
    "IyOEwcTEBGEwMzNDGCwsLBAGKyvrAQiLjY0NwmBnZ4cwODg4DtxhkIBwgBjNVDwimFLIDKiFHIxQe5iw6CdG5D+a"
    "yDmGGdMaEAQuN51jqBJiOMfg4+1wjqFs7SesegE="
)
CHANGES = b64decode(
    "AaRkWexNzj9LAzEYBvA3p9Y66OzYr+F4cA4OivYLHOEu2kAvKUkOURxcu5kUpDqrB6KL9QMcdD+ho/hFnOK9qf8g"
    "/IaHJ08yrbIBFSdMNzG56FtiI/swHxd8yG6q+LxULE5e9nmmpJbHprcrjKK9veT+gLPy9C6hhj4JaVKqNWtP/ixk"
    "OmKq4FpzKarRkArB8pnOpGJ5Sk1a/Ew9mgFX+SFV5uzWtY8SJEJWkFVkDenU6DrSRTY+YPv3QgBCA5ZMAGDiPfkX"
    "WbBv0KHl+9G8do6A+yTftW60bGDocYZYHyR/+cLPXusGpteX4UvtAoBrYPNqZ+HH/S1sh8oX"
)
EFFECTS = b64decode(
    "AaRewh0BXACj/5WnZWZmZWN0c86ijHnalKRsZWZ0rWNvbmZpZ3VyYXRpb26tcmVjYXRlZ29yaXNlZKZEZXZpY2WV"
    "kgABkpKSAQCSAgCRkgMEkgABk84ACwUuAACQlZECkZCRAJCQ"
)

WORDS: dict[type[StrEnum], str] = {
    Category: ("Identity Data Device Apps Infrastructure"),
    Outcome: ("assessed not_assessed not_applicable"),
    Reason: ("no_permission no_licence collection_failed not_collected points_unknown"),
    Source: ("evidence native"),
    Status: (
        "to_address planned risk_accepted resolved_through_third_party "
        "resolved_through_alternate_mitigation completed"
    ),
    Cause: (
        "added removed re_weighted re_measured recategorised expiry exclusion decision scope "
        "evidence_gained evidence_lost source_changed reported_by_microsoft left joined evidence "
        "configuration"
    ),
}


def test_a_full_snapshot_of_format_1_is_read() -> None:
    assert unpack_full(FULL, AT) == BEFORE


def test_changes_of_format_1_are_read() -> None:
    assert apply_changes(BEFORE, CHANGES, AT, NEXT) == AFTER


def test_effects_of_format_1_are_read() -> None:
    assert unpack_effects(EFFECTS, BEFORE, AFTER) == (CREDITED, VERIFIED)


@pytest.mark.parametrize("kind", WORDS)
def test_a_stored_word_is_never_renamed(kind: type[StrEnum]) -> None:
    """New words may come; the old ones stand in databases."""
    assert set(WORDS[kind].split()) <= {word.value for word in kind}


def test_the_fields_are_those_of_format_1() -> None:
    assert (len(Texts._fields), len(Figures._fields)) == (10, 24)
