"""Several cmdlets in one request, over real https: what is sent, and what happens when a part or all of it fails."""

import json
from typing import Any

import pytest
from tests.connectors.conftest import FakeTime
from tests.connectors.exchange_online.cmdlets import BATCH, Cmdlets
from tests.connectors.stub import Reply, Stub, page

from securescore.connectors.exchange_online.batches import LARGEST_BATCH
from securescore.connectors.exchange_online.client import ExchangeAdmin, Run
from securescore.errors import CollectionError

RULES, PRESETS = Run("Get-AntiPhishRule", ("Name", "State")), Run("Get-EOPProtectionPolicyRule", ("Name",))


def names(admin: ExchangeAdmin, *runs: Run) -> list[tuple[int, list[str]]]:
    return [(number, [json.loads(item)["Name"] for item in items]) for number, items in admin.batched(runs)]


def test_one_request_holds_several_cmdlets(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    cmdlets.returns("Get-AntiPhishRule", {"Name": "a"}, {"Name": "b"})
    cmdlets.returns("Get-EOPProtectionPolicyRule", {"Name": "p"})
    assert names(exchange, RULES, PRESETS) == [(0, ["a", "b"]), (1, ["p"])]
    assert cmdlets.requests() == [], "nothing was asked for by itself"
    ((first, second),) = cmdlets.batches
    assert first["method"] == "POST"
    assert first["url"].endswith("/InvokeCommand?$select=Name,State")
    assert first["body"] == {"CmdletInput": {"CmdletName": "Get-AntiPhishRule", "Parameters": {}}}
    assert second["headers"]["X-CmdletName"] == "Get-EOPProtectionPolicyRule"
    assert "SystemMailbox" in second["headers"]["X-AnchorMailbox"]


def test_the_batch_goes_on_after_an_error(exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub) -> None:
    names(exchange, RULES, PRESETS)
    (sent,) = stub.requests(BATCH)
    assert "odata.continue-on-error" in sent.headers["prefer"]
    assert "odata.maxpagesize=1000" in sent.headers["prefer"]


def test_further_pages_are_asked_for_with_the_body_of_the_cmdlet(
    exchange: ExchangeAdmin, cmdlets: Cmdlets
) -> None:
    cmdlets.script("Get-AntiPhishRule", page({"Name": "a"}, link=cmdlets.link("2")), page({"Name": "b"}))
    cmdlets.returns("Get-EOPProtectionPolicyRule", {"Name": "p"})
    assert names(exchange, RULES, PRESETS) == [(0, ["a"]), (0, ["b"]), (1, ["p"])]
    (second,) = cmdlets.requests()
    assert second.query == {"token": "2"}
    assert json.loads(second.body)["CmdletInput"]["CmdletName"] == "Get-AntiPhishRule"


@pytest.mark.parametrize(
    "refused",
    [Reply(429, {}, {"Retry-After": "7"}), Reply(503, {}), Reply(401, b"")],
    ids=["429", "503", "401"],
)
def test_a_part_that_failed_for_the_moment_is_asked_for_by_itself(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, refused: Reply
) -> None:
    cmdlets.script("Get-AntiPhishRule", refused, page({"Name": "a"}))
    cmdlets.returns("Get-EOPProtectionPolicyRule", {"Name": "p"})
    assert names(exchange, RULES, PRESETS) == [(0, ["a"]), (1, ["p"])]
    assert len(cmdlets.requests("Get-AntiPhishRule")) == 1
    assert cmdlets.requests("Get-EOPProtectionPolicyRule") == []


def test_a_refusal_is_told_as_any_other(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    cmdlets.script("Get-EOPProtectionPolicyRule", Reply(403, b""))
    cmdlets.returns("Get-AntiPhishRule", {"Name": "a"})
    with pytest.raises(CollectionError, match="Get-EOPProtectionPolicyRule"):
        names(exchange, RULES, PRESETS)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(404, b""),
        Reply(400, {"error": {"code": "BadRequest", "message": "no batches"}}),
        Reply(body=b"<html>"),
        Reply(body={"responses": "none"}),
        Reply(body={"responses": []}),
        Reply(body={"responses": [{"id": "9", "status": 200, "body": {"value": [{"Name": "x"}]}}]}),
    ],
    ids=["gone", "refused", "no JSON", "no list", "left out", "another's"],
)
def test_where_batches_are_not_answered_cmdlets_run_one_by_one(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, answer: Reply
) -> None:
    cmdlets.returns("Get-AntiPhishRule", {"Name": "a"})
    cmdlets.returns("Get-EOPProtectionPolicyRule", {"Name": "p"})
    stub.script(BATCH, answer)
    assert names(exchange, RULES, PRESETS) == [(0, ["a"]), (1, ["p"])]
    assert len(cmdlets.requests()) == 2


@pytest.mark.parametrize(
    "answer", [Reply(503, b""), Reply(500, b""), Reply(drop=True)], ids=["503", "500", "no answer"]
)
def test_where_batches_stay_without_an_answer_cmdlets_run_one_by_one_from_then_on(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, answer: Reply
) -> None:
    cmdlets.returns("Get-AntiPhishRule", {"Name": "a"})
    cmdlets.returns("Get-EOPProtectionPolicyRule", {"Name": "p"})
    stub.script(BATCH, answer)
    for _ in range(2):
        assert names(exchange, RULES, PRESETS) == [(0, ["a"]), (1, ["p"])]
    assert len(stub.requests(BATCH)) == 3


@pytest.mark.parametrize("body", [{"value": None}, {"value": {}}, [], "text", 7])
def test_a_part_with_something_else_than_a_list_is_an_error(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, body: Any
) -> None:
    parts = [{"id": "0", "status": 200, "body": body}, {"id": "1", "status": 200, "body": {"value": []}}]
    stub.script(BATCH, Reply(body={"responses": parts}))
    with pytest.raises(CollectionError, match="something other than a list of values"):
        names(exchange, RULES, PRESETS)


def test_more_than_a_batch_takes_go_into_several(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    runs = [Run(f"Get-Thing{number}", ("Name",)) for number in range(LARGEST_BATCH + 2)]
    for number, run in enumerate(runs):
        cmdlets.returns(run.cmdlet, {"Name": str(number)})
    assert names(exchange, *runs) == [(number, [str(number)]) for number in range(len(runs))]
    assert [len(batch) for batch in cmdlets.batches] == [LARGEST_BATCH, 2]


def test_a_cmdlet_that_changes_anything_is_never_sent(exchange: ExchangeAdmin, cmdlets: Cmdlets) -> None:
    with pytest.raises(CollectionError, match="was not run"):
        names(exchange, RULES, Run("Set-AntiPhishRule"))
    assert cmdlets.batches == []


def test_a_throttled_batch_waits_as_long_as_it_was_told(
    exchange: ExchangeAdmin, cmdlets: Cmdlets, stub: Stub, time: FakeTime
) -> None:
    cmdlets.returns("Get-AntiPhishRule", {"Name": "a"})
    stub.script(BATCH, Reply(429, {}, {"Retry-After": "40"}), cmdlets._batch)
    before = time.monotonic()
    assert names(exchange, RULES, PRESETS)[0] == (0, ["a"])
    assert time.monotonic() - before >= 40
