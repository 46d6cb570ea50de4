from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.assess.collecting import collect
from tests.assess.hand_made import Evidence

from securescore.demo import AS_OF, InventedCloud, Organisation
from securescore.evidence import EvidenceFolder
from securescore.facts import Fact, load_facts


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    """An empty evidence folder."""
    return Evidence(tmp_path / "evidence")


@pytest.fixture(scope="session")
def facts() -> Mapping[str, Fact]:
    return load_facts()


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> EvidenceFolder:
    """A whole invented organisation of 150 people, collected once. Not to be added to."""
    folder = EvidenceFolder(tmp_path_factory.mktemp("noordhaven") / "evidence")
    with InventedCloud(Organisation.build(people=150)) as cloud:
        collect(cloud, folder, AS_OF)
    return folder
