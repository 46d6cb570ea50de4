"""What stands before every host of the invented cloud: what was ordered to go wrong, and the log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from securescore.demo.exchange import Breakage, Call, Logged, RefusedError, Reply, json_reply
from securescore.demo.faults import Fault
from securescore.demo.frame import Frame
from securescore.demo.hosts import Host
from securescore.demo.tokens import Login


@dataclass
class Reception:
    """Takes the calls to one host. It must be called by one thread.

    Attributes:
        host: what answers.
        faults: what goes wrong, shared by all hosts.
        log: every call so far, oldest first, shared by all hosts.
    """

    name: str
    address: str
    frame: Frame
    login: Login
    faults: list[Fault]
    log: list[Logged]
    host: Host = field(init=False)

    def answer(self, call: Call, *, batched: bool = False) -> Reply:
        """The answer to any call, logged; refusals are answers too."""
        target = call.target
        struck = [fault for fault in self.faults if fault.strikes(self.name, target)]
        try:
            reply = self._with_faults(call, struck)
        except RefusedError as error:
            reply = refusal(self.frame, call, error)
        reply = self._damaged(reply, struck)
        self.log.append(Logged(call.method, target, call.query, reply.status, batched, self.name))
        return reply

    def batched(self, call: Call) -> Reply:
        """The answer to one item of a batch."""
        return self.answer(call, batched=True)

    def _with_faults(self, call: Call, struck: Sequence[Fault]) -> Reply:
        for fault in struck:
            if fault.expire_tokens:
                self.login.expire_all()
            if fault.status is not None:
                wait = {"Retry-After": fault.retry_after} if fault.retry_after is not None else None
                raise RefusedError(fault.status, fault.code or "UnknownError", "Ordered to go wrong.", wait)
        return self.host.answer(call)

    def _damaged(self, reply: Reply, struck: Sequence[Fault]) -> Reply:
        for fault in struck:
            if fault.next_host is not None:
                body = reply.body.replace(
                    f'nextLink":"{self.address}/'.encode(), f'nextLink":"https://{fault.next_host}/'.encode()
                )
                reply = Reply(reply.status, body, reply.headers)
            if fault.breakage is Breakage.GARBLE:
                reply = Reply(reply.status, reply.body[: len(reply.body) // 2], reply.headers)
            elif fault.breakage is not None:
                reply = Reply(reply.status, reply.body, reply.headers, fault.breakage)
        return reply


def refusal(frame: Frame, call: Call, error: RefusedError) -> Reply:
    """A refusal in the shape of Microsoft Graph."""
    request = str(uuid4())
    inner = {
        "date": frame.ago().rstrip("Z"),
        "request-id": request,
        "client-request-id": call.headers.get("client-request-id", request),
    }
    content = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
    return json_reply(error.status, content, {"request-id": request, **error.headers})
