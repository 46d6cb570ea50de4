"""What the invented organisation declares is understood by `assess --organisation`."""

from datetime import timedelta
from pathlib import Path

import pytest

from securescore.assess.organisation import read_organisation
from securescore.demo import AS_OF, Organisation, organisation_file
from securescore.model import AccountClass, Status

TODAY = AS_OF.date()


@pytest.fixture
def text(small: Organisation) -> str:
    return organisation_file(small)


def test_the_file_is_read_without_complaint(text: str, tmp_path: Path, small: Organisation) -> None:
    path = tmp_path / "organisation.toml"
    path.write_text(text)
    declared = read_organisation(path)
    emergency = {
        one["userPrincipalName"].lower() for one in small.users if "noodtoegang" in one["userPrincipalName"]
    }
    assert declared.members(AccountClass.EMERGENCY_ACCESS) == emergency
    assert len(declared.members(AccountClass.SERVICE)) == 8
    assert len(declared.excluded("MFARegistrationV2", TODAY)) == 4
    assert declared.decisions_on("mdo_safedocuments", TODAY) == []
    assert len(declared.decisions_on("mdo_safedocuments", TODAY - timedelta(days=30))) == 1


def test_every_status_that_can_be_declared_is_there(text: str) -> None:
    declared = {status for status in Status if f'status = "{status}"' in text}
    assert declared == set(Status) - {Status.COMPLETED, Status.TO_ADDRESS}


def test_it_is_the_same_every_time(text: str) -> None:
    assert text == organisation_file(Organisation.build(people=150))
