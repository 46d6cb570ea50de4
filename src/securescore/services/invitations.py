"""Invitations: a link with which an administrator elsewhere lets an application of ours read the tenant.

The link leads to Microsoft's page for consent, and from there back to `<public url>/consent`. It carries a `state` that
only this installation can have made, that expires, and that works once. The state holds nothing but a number and a
moment: what the tenant is to be called and how it is to be read stays here, in the row of the invitation. There is
no secret of an application that outlives its invitations: each row holds its own, sealed for that row alone, until
somebody accepts or the invitation expires.
"""

import json
import re
import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection

from securescore.connectors.stored_connection import secret_of, stored
from securescore.connectors.tenant_file import Application
from securescore.errors import ConfigurationError, ConflictError, NotAllowedError, UnknownError
from securescore.services.actor import Actor, Right, principal
from securescore.services.auditing import write_down
from securescore.services.groups import ensure_groups, join
from securescore.services.installation import Installation
from securescore.services.naming import checked_name
from securescore.services.tenants import SECRET, About, enter_tenant, refuse_nonsense
from securescore.store import invitations as rows
from securescore.store.invitations import InvitationRow
from securescore.store.schema import INSTALLATION
from securescore.store.tenants import ConnectionRow, Tenant

LIFETIME = timedelta(days=7)
_PURPOSE = "invitations"
INVITATION_SECRET = "invitation"  # noqa: S105 - what the secret is for
"""The name under which the secret of an application is sealed while its invitation is open."""
_NONCE_BYTES = 24
_LONGEST_STATE = 1_000
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}", re.ASCII)


class InvitationError(ConfigurationError):
    """An invitation cannot be accepted."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an administrator elsewhere is sent.

    Attributes:
        redirect: where Microsoft sends the administrator back to; the app registration has to list it.
    """

    link: str
    redirect: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that somebody can still accept.

    Attributes:
        directory_id: the only tenant that may; None: any.
    """

    name: str
    groups: tuple[str, ...]
    directory_id: str | None
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """What came back from Microsoft's page, as it stands in the address, nothing of it checked.

    Attributes:
        state: as the invitation carried it.
        tenant: the tenant whose administrator answered.
        admin_consent: `True` when consent was given.
        error: the code of what went wrong.
    """

    state: str
    tenant: str | None = None
    admin_consent: str | None = None
    error: str | None = None


def invite(
    here: Installation,
    actor: Actor,
    application: Application,
    name: str,
    groups: Iterable[str] = (),
    *,
    directory_id: str | None = None,
) -> Invitation:
    """An invitation for one tenant that is not here yet.

    Args:
        name: what the organisation is to be called here.
        groups: groups that it is put into; those that are missing are made when it accepts.
        directory_id: the only tenant that may accept. Without it, whoever holds the link may let any tenant in that
            consented to the application.

    Raises:
        ConfigurationError: SECURESCORE_PUBLIC_URL is not set, or something given is no use.
    """
    actor.require(Right.MANAGE)
    redirect = _redirect(here)
    row, secret = _row(here, actor, application, name, groups, directory_id)
    with here.database.installation() as connection:
        rows.forget_expired(connection, here.now())
        rows.add(connection, row)
        told = {"name": row.name, "groups": row.groups, "directory_id": row.directory_id}
        told |= {"client_id": row.client_id, "expires": row.expires_at.isoformat()}
        _write(connection, actor, row, "tenant.invite", told)
    query = {
        "client_id": application.client_id,
        "scope": f"{application.graph.url}/.default",
        "redirect_uri": redirect,
        "state": secret,
    }
    link = f"{application.login.url}/organizations/v2.0/adminconsent?{urlencode(query)}"
    return Invitation(link, redirect, row.expires_at)


def list_invitations(here: Installation, actor: Actor) -> list[OpenInvitation]:
    """The invitations that can still be accepted, oldest first. Their links are not kept."""
    actor.require(Right.MANAGE)
    with here.database.installation() as connection:
        found = rows.list_open(connection, here.now())
    return [
        OpenInvitation(one.name, one.groups, one.directory_id, one.invited_by, one.created_at, one.expires_at)
        for one in found
    ]


def withdraw_invitations(here: Installation, actor: Actor, name: str) -> int:
    """Withdraws the open invitations of that name, whatever the case of its letters: their links lead nowhere then.

    Returns:
        How many there were.

    Raises:
        UnknownError: there is none.
    """
    actor.require(Right.MANAGE)
    wanted = name.strip().casefold()
    with here.database.installation() as connection:
        found = [one for one in rows.list_open(connection, here.now()) if one.name.casefold() == wanted]
        gone = [one for one in found if rows.withdraw(connection, one.nonce)]
        for row in gone:
            _write(connection, actor, row, "tenant.uninvite", {"name": row.name})
    if not gone:
        raise UnknownError(
            f"there is no open invitation called {name.strip()!r}: securescore tenant invitations names them"
        )
    return len(gone)


def accept_consent(here: Installation, answer: ConsentAnswer, origin: str) -> Tenant:
    """Makes the tenant whose administrator consented. Acts with the rights of whoever invited, as they are now.

    Consent itself is not proven here, as it takes minutes to reach every part of the login service: the first time
    that the tenant is read proves it.

    Args:
        origin: the address that the answer came from.

    Raises:
        InvitationError: the state is not ours, expired, or was used before, or no consent was given.
        ConflictError: the tenant is here already; how it is read stays as it is.
        NotAllowedError: whoever invited may not any more.
    """
    row = _invitation(here, answer.state)
    actor = _authority(here, row, origin)
    directory_id = _consented(answer, row)
    moment = here.now()
    tenant = Tenant(uuid.uuid4(), directory_id, row.name, moment)
    connection_row = _connection(here, row, tenant, moment)
    with here.database.changing(tenant.tenant_id) as connection:
        if not rows.use_up(connection, row.nonce, moment):
            raise _used()
        _enter(connection, actor, tenant, connection_row)
        groups = ensure_groups(connection, actor, row.groups)
        for group in groups.values():
            join(connection, actor, tenant.tenant_id, group)
        _write(connection, actor, row, "tenant.accept", {"directory_id": directory_id})
    return tenant


def _redirect(here: Installation) -> str:
    public = here.settings.public_url
    if public is None:
        raise ConfigurationError(
            "SECURESCORE_PUBLIC_URL is not set, so nobody could come back here after consenting: set it to the https "
            "address of this installation"
        )
    return f"{public}/consent"


def _row(
    here: Installation,
    actor: Actor,
    application: Application,
    name: str,
    groups: Iterable[str],
    directory_id: str | None,
) -> tuple[InvitationRow, str]:
    """The row, and the state that leads to it."""
    refuse_nonsense(About(name=name))
    if directory_id is not None and not _ID.fullmatch(directory_id):
        raise ConfigurationError(f"{directory_id!r} is not Microsoft's id of a tenant")
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    readable = application.within("")
    secret, sealer = secret_of(readable), here.sealer()
    created = here.now()
    row = InvitationRow(
        nonce=nonce,
        name=name.strip(),
        groups=tuple(dict.fromkeys(checked_name("group", one) for one in groups)),
        directory_id=directory_id and directory_id.lower(),
        **vars(stored(readable)),
        sealed_secret=None if secret is None else sealer.seal(secret, tenant=nonce, name=INVITATION_SECRET),
        invited_by=actor.name,
        principal=actor.reader,
        created_at=created,
        expires_at=created + LIFETIME,
    )
    said = json.dumps([nonce, int(row.expires_at.timestamp())], separators=(",", ":"))
    return row, sealer.sign(urlsafe_b64encode(said.encode()).rstrip(b"=").decode(), _PURPOSE)


def _invitation(here: Installation, state: str) -> InvitationRow:
    """The invitation that the state stands for. Nothing is believed, nor looked up, before the signature holds."""
    text = here.sealer().verified(state, _PURPOSE) if len(state) <= _LONGEST_STATE else None
    if text is None:
        raise InvitationError(
            "this is no invitation of this installation: open the link exactly as it was sent"
        )
    nonce, expires = json.loads(urlsafe_b64decode(text + "=="))
    if here.now() >= datetime.fromtimestamp(expires, UTC):
        raise InvitationError("the invitation has expired: ask for another one")
    with here.database.installation() as connection:
        row = rows.get(connection, nonce)
    if row is None:
        raise InvitationError("the invitation was withdrawn: ask for another one")
    if row.used_at is not None:
        raise _used()
    return row


def _used() -> InvitationError:
    return InvitationError("the invitation was accepted before, and works once only: ask for another one")


def _authority(here: Installation, row: InvitationRow, origin: str) -> Actor:
    inviter = principal(here.database, row.principal, origin)
    if not inviter.may(Right.MANAGE):
        raise NotAllowedError(
            "whoever sent the invitation has no right to add tenants any more: ask for another one"
        )
    return Actor(f"invitation of {row.invited_by}", origin, row.principal, inviter.everywhere)


def _consented(answer: ConsentAnswer, row: InvitationRow) -> str:
    """The tenant that consented. The invitation stays good when something is wrong: it can be tried again."""
    if answer.error:
        code = answer.error if _WORD.fullmatch(answer.error) else "no code"
        raise InvitationError(
            f"no consent was given ({code}): open the link again as an administrator who may consent for everybody"
        )
    if (answer.admin_consent or "").casefold() != "true":
        raise InvitationError("no consent was given: open the link again and accept")
    tenant = answer.tenant or ""
    if not _ID.fullmatch(tenant) or uuid.UUID(tenant).int == 0:
        raise InvitationError("the answer does not name the tenant that consented: open the link again")
    if row.directory_id is not None and tenant.lower() != row.directory_id:
        raise InvitationError("the invitation is for another tenant: sign in as an administrator of that one")
    return tenant.lower()


def _connection(here: Installation, row: InvitationRow, tenant: Tenant, moment: datetime) -> ConnectionRow:
    """How the tenant is read: as the invitation says, the secret sealed again for the tenant."""
    sealed = None
    if row.sealed_secret is not None:
        sealer = here.sealer()
        secret = sealer.open(row.sealed_secret, tenant=row.nonce, name=INVITATION_SECRET)
        sealed = sealer.seal(secret, tenant=str(tenant.tenant_id), name=SECRET)
    return ConnectionRow(
        client_id=row.client_id,
        cloud=row.cloud,
        credential_kind=row.credential_kind,
        endpoints=row.endpoints,
        ca_certificates=row.ca_certificates,
        credential_path=row.credential_path,
        sealed_secret=sealed,
        changed_at=moment,
    )


def _enter(connection: Connection, actor: Actor, tenant: Tenant, row: ConnectionRow) -> None:
    try:
        enter_tenant(connection, actor, tenant, row)
    except ConflictError as error:
        raise ConflictError(
            f"the tenant {tenant.directory_id} is here already, and is read as before: whoever manages it can choose "
            "another connection (securescore tenant connect)"
        ) from error


def _write(
    connection: Connection, actor: Actor, row: InvitationRow, act: str, after: Mapping[str, object]
) -> None:
    """Names the invitation by the beginning of its number: the whole of it opens nothing, and need not be known."""
    write_down(
        connection,
        actor,
        INSTALLATION,
        act,
        f"invitation {row.nonce[:8]}",
        after=after,
    )
