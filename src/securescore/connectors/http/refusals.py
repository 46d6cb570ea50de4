"""What the login service means by its error codes, in sentences that hold no secret."""

import re
from collections.abc import Mapping
from typing import Any

from securescore.errors import ConnectionRefusedByServiceError

_CODE = re.compile(r"AADSTS(\d{4,8})")
_WORD = re.compile(r"^[\w.-]{1,60}$")

_MEANINGS = {
    "7000215": "the client secret is not right: put the secret's value, not its id, into client_secret_file",
    "7000222": "the client secret has expired: make a new one and put it into client_secret_file",
    "7000112": "the app registration is disabled in this tenant: enable it",
    "700016": "the tenant does not know this client_id: check client_id and tenant_id, and consent to the app there",
    "700027": "the certificate is not one that the app registration knows: upload its public part there",
    "700024": "the assertion was not valid at this time: check the clock of this machine and the federated token",
    "70021": "the app registration does not trust this federated token: check issuer, subject and audience there",
    "700211": "the app registration does not trust the issuer of this federated token: add it there",
    "700212": "the app registration does not expect the audience of this federated token: correct it there",
    "700213": "the app registration does not expect the subject of this federated token: correct it there",
    "90002": "there is no tenant with this tenant_id in this cloud: check tenant_id and cloud",
    "900023": "tenant_id is neither the id nor a domain of a tenant: correct it",
    "500011": "the tenant does not know the service that was asked for: check cloud and endpoints",
    "53003": "a conditional access policy blocks this app: exclude it there, or collect from an allowed network",
    "65001": "no administrator has consented to the app's permissions: consent to them",
}


def token_refusal(result: Mapping[str, Any]) -> ConnectionRefusedByServiceError:
    """One sentence about an answer without a token.

    The service's own text is left out: it may repeat what it was sent.
    """
    code = _code(result)
    meaning = _MEANINGS.get(code or "")
    if meaning:
        return ConnectionRefusedByServiceError(f"the login service gave no token (AADSTS{code}): {meaning}")
    known = f"AADSTS{code}" if code else _word(result.get("error"))
    return ConnectionRefusedByServiceError(
        f"the login service gave no token ({known}): check tenant_id, client_id and the credential in the tenant file"
    )


def _code(result: Mapping[str, Any]) -> str | None:
    listed = result.get("error_codes")
    if isinstance(listed, list) and listed and isinstance(listed[0], int):
        return str(listed[0])
    found = _CODE.search(str(result.get("error_description", "")))
    return found[1] if found else None


def _word(error: object) -> str:
    return error if isinstance(error, str) and _WORD.match(error) else "no code was given"
