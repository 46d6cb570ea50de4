"""An invitation is accepted once, in time, by whom it is for, and nothing of it can be made up."""

import json
import threading
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.assess.hand_made import FakeTime
from tests.services.applications import CLIENT, SECRET, application
from tests.services.tenancy import FIRST_DAY, ME

from securescore.connectors.tenant_file import Application
from securescore.demo import InventedCloud, Organisation
from securescore.errors import (
    ConfigurationError,
    ConflictError,
    NotAllowedError,
    SecureScoreError,
    UnknownError,
)
from securescore.services.actor import Actor, Right, principal
from securescore.services.groups import list_groups, list_members
from securescore.services.installation import Installation
from securescore.services.invitations import (
    ConsentAnswer,
    Invitation,
    InvitationError,
    accept_consent,
    invite,
    list_invitations,
    withdraw_invitations,
)
from securescore.services.sync import sync_tenant
from securescore.services.tenants import describe_tenant, list_tenants
from securescore.store import audit, grants
from securescore.store.grants import Grant, Role
from securescore.store.key_file import retire, rotate
from securescore.store.schema import INSTALLATION
from securescore.store.tenants import Tenant

THEIRS = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "bbbbbbbb-0000-4000-8000-000000000001"
FROM = "203.0.113.9"


@pytest.fixture
def here(here: Installation) -> Installation:
    """With an address, and a clock that stands still."""
    return at(here, FIRST_DAY, "https://score.example")


def at(here: Installation, moment: object, public_url: str | None = None) -> Installation:
    changes = {"public_url": public_url or here.settings.public_url}
    return replace(
        here,
        settings=here.settings.model_copy(update=changes),
        clock=lambda: FakeTime(moment).clock(),  # type: ignore[arg-type]
    )


@pytest.fixture
def app(tmp_path: Path) -> Application:
    return application(tmp_path / "app")


@pytest.fixture
def sent(here: Installation, app: Application) -> Invitation:
    return invite(here, ME, app, "Their company", ["clients"])


def state_of(invitation: Invitation) -> str:
    return parse_qs(urlsplit(invitation.link).query)["state"][0]


def accept(
    here: Installation, state: str, tenant: str | None = THEIRS, consent: str | None = "True"
) -> Tenant:
    return accept_consent(here, ConsentAnswer(state, tenant, consent), FROM)


def test_the_link_leads_to_the_page_for_consent(sent: Invitation) -> None:
    parts = urlsplit(sent.link)
    assert (parts.scheme, parts.netloc) == ("https", "login.microsoftonline.com")
    assert parts.path == "/organizations/v2.0/adminconsent"
    query = parse_qs(parts.query, strict_parsing=True)
    assert set(query) == {"client_id", "scope", "redirect_uri", "state"}
    assert query["client_id"] == [CLIENT]
    assert query["scope"] == ["https://graph.microsoft.com/.default"]
    assert query["redirect_uri"] == [sent.redirect] == ["https://score.example/consent"]


def test_the_link_of_another_cloud_leads_there(here: Installation, tmp_path: Path) -> None:
    chinese = application(tmp_path / "china", more='cloud = "china"\n')
    link = invite(here, ME, chinese, "Theirs").link
    assert link.startswith("https://login.chinacloudapi.cn/organizations/v2.0/adminconsent?")
    assert "scope=https%3A%2F%2Fmicrosoftgraph.chinacloudapi.cn%2F.default" in link


def test_the_link_tells_nothing_about_anybody(sent: Invitation) -> None:
    _, said, _ = state_of(sent).split(".")
    told = urlsafe_b64decode(said + "==").decode()
    for hidden in ("Their", "clients", SECRET):
        assert hidden not in sent.link + told


def test_what_was_withdrawn_leads_nowhere(here: Installation, app: Application, sent: Invitation) -> None:
    kept = invite(here, ME, app, "Another company", directory_id=THEIRS)
    found = sorted(list_invitations(here, ME), key=lambda one: one.name)
    assert [(one.name, one.groups, one.directory_id) for one in found] == [
        ("Another company", (), THEIRS),
        ("Their company", ("clients",), None),
    ]
    assert withdraw_invitations(here, ME, " their COMPANY ") == 1
    with pytest.raises(InvitationError, match="was withdrawn"):
        accept(here, state_of(sent))
    with pytest.raises(UnknownError, match="no open invitation"):
        withdraw_invitations(here, ME, "Their company")
    with here.database.installation() as connection:
        *_, newest = audit.entries(connection)
    assert (newest.act, newest.after) == ("tenant.uninvite", '{"name": "Their company"}')
    accept(here, state_of(kept))
    assert list_invitations(here, ME) == []
    with pytest.raises(UnknownError):
        withdraw_invitations(here, ME, "Another company")


def test_what_expired_is_not_open(here: Installation, sent: Invitation) -> None:
    assert list_invitations(at(here, sent.expires_at - timedelta(seconds=1)), ME)
    assert list_invitations(at(here, sent.expires_at), ME) == []


def test_who_accepts_becomes_a_tenant(here: Installation, sent: Invitation) -> None:
    tenant = accept(here, state_of(sent), THEIRS.upper())
    (summary,) = list_tenants(here, ME)
    assert (summary.tenant_id, summary.directory_id, summary.name) == (
        tenant.tenant_id,
        THEIRS,
        "Their company",
    )
    _, connection = describe_tenant(here, ME, tenant.tenant_id)
    assert connection is not None
    assert connection.client_id == CLIENT
    assert [one.name for one in list_members(here, ME, "clients")] == ["Their company"]


def test_both_acts_are_in_the_audit_log_without_any_secret(here: Installation, sent: Invitation) -> None:
    tenant = accept(here, state_of(sent))
    found = []
    for one in (INSTALLATION, tenant.tenant_id):
        with here.database.tenant(one) as connection:
            found += list(audit.entries(connection))
            assert audit.first_break(connection) is None
    acts = [(one.act, one.actor, one.origin) for one in found]
    assert ("tenant.invite", "operator:tester", "terminal") in acts
    accepted = ("invitation of operator:tester", FROM)
    assert {("tenant.accept", *accepted), ("tenant.add", *accepted), ("group.join", *accepted)} <= set(acts)
    key, said, signature = state_of(sent).split(".")
    nonce = json.loads(urlsafe_b64decode(said + "=="))[0]
    for secret in (SECRET, nonce, said, signature):
        assert secret not in str(found)
    assert key


def test_it_works_once(here: Installation, sent: Invitation) -> None:
    accept(here, state_of(sent))
    for tenant in (THEIRS, OTHER):
        with pytest.raises(InvitationError, match="accepted before"):
            accept(here, state_of(sent), tenant)
    assert len(list_tenants(here, ME)) == 1


def test_it_works_once_however_many_come_at_the_same_moment(here: Installation, sent: Invitation) -> None:
    together, results = threading.Barrier(6), list[str]()

    def come(number: int) -> None:
        together.wait()
        try:
            accept(here, state_of(sent), str(uuid.UUID(int=number + 1)))
            results.append("accepted")
        except SecureScoreError as error:
            results.append(str(error))

    threads = [threading.Thread(target=come, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("accepted") == 1
    assert len(list_tenants(here, ME)) == 1


def test_it_expires(here: Installation, sent: Invitation) -> None:
    assert sent.expires_at == FIRST_DAY + timedelta(days=7)
    with pytest.raises(InvitationError, match="expired"):
        accept(at(here, sent.expires_at), state_of(sent))
    accept(at(here, sent.expires_at - timedelta(seconds=1)), state_of(sent))


def rows(here: Installation) -> list[tuple[object, object]]:
    with here.database.installation() as connection:
        found = connection.execute(text("SELECT used_at IS NULL, sealed_secret IS NULL FROM invitation"))
        return [(one[0], one[1]) for one in found]


def test_no_secret_outlives_its_invitation(here: Installation, sent: Invitation, app: Application) -> None:
    assert rows(here) == [(True, False)]
    accept(here, state_of(sent))
    assert rows(here) == [(False, True)], "used, and without its secret"
    invite(here, ME, app, "Another")
    later = at(here, sent.expires_at + timedelta(seconds=1))
    invite(later, ME, app, "A third")
    assert rows(here) == [(True, False)], "what expired is gone"


def tampered(state: str) -> dict[str, str]:
    """The state with each of its parts changed."""
    key, said, signature = state.split(".")
    nonce, expires = json.loads(urlsafe_b64decode(said + "=="))

    def with_said(content: object) -> str:
        encoded = urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).rstrip(b"=")
        return f"{key}.{encoded.decode()}.{signature}"

    return {
        "a later end": with_said([nonce, expires + 86400]),
        "another number": with_said([nonce[::-1], expires]),
        "more": with_said([nonce, expires, "x"]),
        "another key": f"{'0' * 8}.{said}.{signature}",
        "no key": f"{said}.{signature}",
        "a part more": f"{state}.x",
        "no signature": f"{key}.{said}.",
        "the wrong signature": f"{key}.{said}.{signature[::-1]}",
        "a signature of another text": f"{key}.{said[:-1]}.{signature}",
        "padding": f"{state}=",
        "padding inside": f"{key}.{said}=.{signature}",
        "a space": f"{state} ",
        "a line": f"{state}\n",
        "in capitals": state.upper(),
        "nothing": "",
        "stops": "..",
        "a surrogate": f"{state}\ud800",
        "other letters": f"{key}.{said}.\u00e9",
        "very long": state + "x" * 100_000,
    }


@pytest.mark.parametrize("how", tampered("k.WyJ4IiwxXQ.s"))
def test_a_state_that_was_changed_is_refused(here: Installation, sent: Invitation, how: str) -> None:
    with pytest.raises(InvitationError, match="no invitation of this installation"):
        accept(here, tampered(state_of(sent))[how])
    assert list_tenants(here, ME) == []
    accept(here, state_of(sent))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_letter_can_be_changed(here: Installation, sent: Invitation, data: st.DataObject) -> None:
    state = state_of(sent)
    place = data.draw(st.integers(0, len(state) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_.").filter(lambda one: one != state[place]))
    with pytest.raises(InvitationError, match="no invitation of this installation"):
        accept(here, state[:place] + letter + state[place + 1 :])


@given(state=st.text(max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_refused_in_a_sentence(here: Installation, state: str) -> None:
    with pytest.raises(InvitationError):
        accept(here, state)


def test_a_state_of_another_purpose_is_refused(here: Installation) -> None:
    signed = here.sealer().sign("WyJ4Iiw5OTk5OTk5OTk5XQ", "another purpose")
    with pytest.raises(InvitationError, match="no invitation of this installation"):
        accept(here, signed)


def test_a_state_without_its_row_is_refused(here: Installation, sent: Invitation) -> None:
    with here.database.installation() as connection:
        connection.execute(text("DELETE FROM invitation"))
    with pytest.raises(InvitationError, match="withdrawn"):
        accept(here, state_of(sent))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": "access_denied"}, r"no consent was given \(access_denied\)"),
        ({"error": "<script>alert(1)</script>"}, r"no consent was given \(no code\)"),
        ({"error": "access_denied", "admin_consent": "True", "tenant": THEIRS}, "no consent was given"),
        ({"tenant": THEIRS}, "no consent was given"),
        ({"tenant": THEIRS, "admin_consent": "False"}, "no consent was given"),
        ({"admin_consent": "True"}, "does not name the tenant"),
        ({"admin_consent": "True", "tenant": "contoso.example"}, "does not name the tenant"),
        ({"admin_consent": "True", "tenant": f"{{{THEIRS}}}"}, "does not name the tenant"),
        ({"admin_consent": "True", "tenant": f"{THEIRS}\n"}, "does not name the tenant"),
        ({"admin_consent": "True", "tenant": str(uuid.UUID(int=0))}, "does not name the tenant"),
        ({"admin_consent": "True", "tenant": "'; DROP TABLE tenant; --"}, "does not name the tenant"),
    ],
)
def test_without_consent_nothing_happens_and_it_can_be_tried_again(
    here: Installation, sent: Invitation, answer: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvitationError, match=reason):
        accept_consent(here, ConsentAnswer(state_of(sent), **answer), FROM)
    assert list_tenants(here, ME) == []
    accept(here, state_of(sent))


def test_a_tenant_that_is_here_keeps_its_connection(
    here: Installation, sent: Invitation, app: Application, tmp_path: Path
) -> None:
    first = accept(here, state_of(sent))
    _, before = describe_tenant(here, ME, first.tenant_id)
    second = invite(here, ME, application(tmp_path / "second", "another secret"), "Again", ["others"])
    with pytest.raises(ConflictError, match="is here already, and is read as before"):
        accept(here, state_of(second))
    assert describe_tenant(here, ME, first.tenant_id)[1] == before
    assert [one.name for one in list_tenants(here, ME)] == ["Their company"]
    assert "others" not in {group.name for group in list_groups(here, ME)}, "nothing of it was kept"
    accept(here, state_of(second), OTHER)
    assert app.client_id == CLIENT


def test_an_invitation_may_be_for_one_tenant_only(here: Installation, app: Application) -> None:
    sent = invite(here, ME, app, "Theirs", directory_id=THEIRS.upper())
    with pytest.raises(InvitationError, match="for another tenant"):
        accept(here, state_of(sent), OTHER)
    assert accept(here, state_of(sent)).directory_id == THEIRS


def test_it_holds_while_its_key_is_in_the_key_file(
    here: Installation, sent: Invitation, app: Application
) -> None:
    path = here.settings.key_path
    old = rotate(path).ids[1]
    accept(here, state_of(sent))
    left = invite(here, ME, app, "Later")
    assert not state_of(left).startswith(old)
    rotate(path)
    retire(path, keep=[])
    with pytest.raises(SecureScoreError):
        accept(here, state_of(left), OTHER)


def test_only_who_manages_may_invite(here: Installation, app: Application) -> None:
    writer = Actor("somebody", "here", "somebody", frozenset({Right.READ, Right.WRITE}))
    with pytest.raises(NotAllowedError):
        invite(here, writer, app, "Theirs")
    assert rows(here) == []


def test_it_falls_with_the_right_of_who_sent_it(here: Installation, app: Application) -> None:
    given_right = Grant(uuid.uuid4(), "anna@example", Role.MANAGER, None, None, FIRST_DAY, "me")
    with here.database.people() as connection:
        grants.add(connection, given_right)
    anna = principal(here.database, "anna@example", "198.51.100.1")
    kept, lost = (invite(here, anna, app, name) for name in ("Kept", "Lost"))
    accept(here, state_of(kept))
    with here.database.people() as connection:
        grants.remove(connection, given_right.grant_id)
    with pytest.raises(NotAllowedError, match="no right to add tenants any more"):
        accept(here, state_of(lost), OTHER)


def test_without_an_address_nobody_is_invited(here: Installation, app: Application) -> None:
    unset = replace(here, settings=here.settings.model_copy(update={"public_url": None}))
    with pytest.raises(ConfigurationError, match="SECURESCORE_PUBLIC_URL is not set"):
        invite(unset, ME, app, "Theirs")


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "x", "groups": ["\n"]}, {"name": "x", "directory_id": "example.org"}]
)
def test_nonsense_is_refused(here: Installation, app: Application, wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        invite(here, ME, app, **wrong)  # type: ignore[arg-type]
    assert rows(here) == []


def test_who_accepted_can_be_read(here: Installation, tmp_path: Path) -> None:
    with InventedCloud(Organisation.build(people=120, as_of=FIRST_DAY)) as cloud:
        tmp_path.joinpath("ca.pem").write_bytes(cloud.ca_file.read_bytes())
        names = ("graph", "exchange", "compliance", "defender_endpoint")
        more = "\n".join(
            [
                "[endpoints]",
                f'login = "{cloud.address}"',
                f'ca_file = "{tmp_path / "ca.pem"}"',
                f'dns = "{cloud.name_server.address}"',
                f"also = {[cloud.addresses[one] for one in ('exchange_region', 'compliance_region', 'storage')]}",
                *(f'{name} = "{cloud.addresses[name]}"' for name in names),
            ]
        )
        theirs = application(tmp_path / "app", cloud.client_secret, more)
        cloud.login.client_id = CLIENT
        tenant = accept(here, state_of(invite(here, ME, theirs, "Theirs")), cloud.tenant_id)
        report = sync_tenant(here, ME, tenant.tenant_id)
    assert report.collection is not None
    assert report.snapshots[-1].totals.points > 0
