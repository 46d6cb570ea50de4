"""The entities behind the points: all of them, in order, with a reason in both languages."""

from collections.abc import Mapping

import pytest
from tests.assess.hand_made import SHIPPED, Evidence, action, catalog_of, day, declared, native, people

from securescore.assess import assess
from securescore.assess.entities import Entity, entities_of, sentence
from securescore.catalog import LANGUAGES
from securescore.evidence import EvidenceFolder
from securescore.facts import Fact
from securescore.model import Verdict

TEXT = """
[[exclusion]]
actions = ["Sample"]
entities = ["cy@contoso.example"]
reason = "r"

[[decision]]
action = "Sample"
status = "third_party"
entities = ["bo@contoso.example"]
"""


def test_the_exposed_come_first_and_the_excluded_last(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(zoe=False, ada=True, di=None, bo=False, cy=False)})
    organisation = declared(evidence.folder.path / "o.toml", TEXT)
    (found,) = evidence.assess(catalog_of(action("Sample")), organisation=organisation).counted
    entities = list(entities_of(found))
    assert [(one.name, one.credited, one.excluded) for one in entities] == [
        ("zoe@contoso.example", Verdict.EXPOSED, False),
        ("di@contoso.example", Verdict.UNKNOWN, False),
        ("ada@contoso.example", Verdict.PROTECTED, False),
        ("bo@contoso.example", Verdict.PROTECTED, False),
        ("cy@contoso.example", Verdict.EXPOSED, True),
    ]
    assert entities[3].verdict is Verdict.EXPOSED
    assert found.coverage is not None
    assert len(entities) == found.coverage.total + found.coverage.excluded


def test_sentences_take_their_values_and_do_without_those_that_are_missing(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": [*people(ada=True), people(bo=True)[0] | {"display_name": None}]})
    (found,) = evidence.assess(catalog_of(action("Sample"))).counted
    assert [sentence(found, one) for one in entities_of(found)] == ["ada was seen", "- was seen"]
    wordless = Entity(
        "x", None, Verdict.EXPOSED, Verdict.EXPOSED, excluded=False, code="no_such_code", values={}
    )
    assert sentence(found, wordless) == "no such code"


def test_values_cannot_reach_into_the_program(evidence: Evidence) -> None:
    evidence.run(day(0), {"users": [people(ada=True)[0] | {"display_name": "{0.__class__} {name}"}]})
    (found,) = evidence.assess(catalog_of(action("Sample"))).counted
    assert [sentence(found, one) for one in entities_of(found)] == ["{0.__class__} {name} was seen"]


def test_a_native_result_names_nobody(evidence: Evidence) -> None:
    evidence.run(day(0), native(day(0), {"Sample": 3}))
    (found,) = evidence.assess(catalog_of(action("Sample", None))).counted
    assert list(entities_of(found)) == []


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entity_of_a_whole_organisation_has_its_reason_in_words(
    collected: EvidenceFolder, facts: Mapping[str, Fact], language: str
) -> None:
    assessment = assess(collected, SHIPPED, facts)
    codes = 0
    for one in assessment.actions:
        found = list(entities_of(one))
        if one.coverage is not None:
            assert len(found) == one.coverage.total + one.coverage.excluded, one.id
        for entity in {entity.code: entity for entity in found if entity.code}.values():
            assert one.action is not None
            assert entity.code in one.action.texts[language].details, (one.id, entity.code)
            words = sentence(one, entity, language)
            assert words
            assert "{" not in words, (one.id, words)
            codes += 1
    assert codes > 40
