"""The admin interface of Exchange Online and of Security & Compliance, as a stub answers for it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.connectors.stub import TENANT, Reply, Seen, Stub, page

EXCHANGE = "outlook.localhost"
COMPLIANCE = "ps.compliance.localhost"
INVOKE = f"/adminapi/beta/{TENANT}/InvokeCommand"
BATCH = f"/adminapi/beta/{TENANT}/$batch"
BANNER = f"/adminapi/beta/{TENANT}/EXOBanner('AutogenSession')"
MODULE = f"/adminapi/v1.0/{TENANT}/EXOModuleFile"

Answer = Reply | Callable[[Seen], Reply]


def cmdlet_of(seen: Seen) -> str:
    """The cmdlet that a request runs."""
    name = json.loads(seen.body)["CmdletInput"]["CmdletName"]
    assert isinstance(name, str)
    return name


class Cmdlets:
    """Answers for each cmdlet in turn, the last one again and again. Others return nothing.

    Attributes:
        batches: what each batch asked for, as it came.
    """

    def __init__(self, stub: Stub) -> None:
        self.stub = stub
        self.batches: list[list[dict[str, Any]]] = []
        self._answers: dict[str, list[Answer]] = {}
        stub.script(INVOKE, self._answer)
        stub.script(BATCH, self._batch)

    def script(self, cmdlet: str, *answers: Answer) -> None:
        self._answers[cmdlet] = list(answers)

    def returns(self, cmdlet: str, *objects: Any) -> None:
        """Lets a cmdlet return these objects in one page."""
        self.script(cmdlet, page(*objects))

    def requests(self, cmdlet: str | None = None) -> list[Seen]:
        """What was asked of a cmdlet so far, or of all."""
        return [seen for seen in self.stub.requests(INVOKE) if cmdlet in {None, cmdlet_of(seen)}]

    def link(self, token: str) -> str:
        return f"https://{EXCHANGE}:{self.stub.port}{INVOKE}?token={token}"

    def _answer(self, seen: Seen) -> Reply:
        answers = self._answers.get(cmdlet_of(seen), [page()])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer(seen) if callable(answer) else answer

    def _batch(self, seen: Seen) -> Reply:
        parts = json.loads(seen.body)["requests"]
        self.batches.append(parts)
        return Reply(body={"responses": [self._part(part) for part in reversed(parts)]})

    def _part(self, part: dict[str, Any]) -> dict[str, Any]:
        url = urlsplit(part["url"])
        headers = {name.lower(): value for name, value in part["headers"].items()}
        inner = Seen(
            part["method"], url.path, dict(parse_qsl(url.query)), headers, json.dumps(part["body"]).encode()
        )
        answer = self._answer(inner)
        body = json.loads(answer.content) if answer.content else None
        return {"id": part["id"], "status": answer.status, "headers": answer.headers, "body": body}


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status, b"", {"Location": location})


def tokens_by_audience(stub: Stub) -> None:
    """Lets every token say for which service it is."""

    def answer(seen: Seen) -> Reply:
        audience = seen.form["scope"].removesuffix("/.default").removeprefix("https://").split(":")[0]
        body = {"token_type": "Bearer", "expires_in": 3599, "access_token": f"for-{audience}"}
        return Reply(body=body)

    stub.script(f"/{TENANT}/oauth2/v2.0/token", answer)
