"""Files whose address is the key to them: every way in which one may not come whole, over real https on loopback."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from tests.connectors.conftest import FakeTime
from tests.connectors.stub import Reply, Seen, Stub

from securescore.connectors import Clock
from securescore.connectors.http.clock import StoppedError
from securescore.connectors.http.files import fetched
from securescore.connectors.http.retry import RetrySettings
from securescore.connectors.http.wire import DroppedError, Wire, WireSettings
from securescore.errors import CollectionError, ConnectionRefusedByServiceError

CONTENT = bytes(n % 251 for n in range(4 << 20))
PATH = "/export/1.gz"
KEY = "sig=c2VjcmV0"


@pytest.fixture
def ca_file(tmp_path: Path, authority: trustme.CA) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def wire(ca_file: Path, clock: Clock) -> Iterator[Wire]:
    with closing(Wire(ca_file, clock)) as opened:
        yield opened


class Files:
    """Fetches the file of the stub."""

    def __init__(self, stub: Stub, wire: Wire, clock: Clock) -> None:
        self.stub, self.wire, self.clock = stub, wire, clock
        self.url = f"{stub.url}{PATH}?{KEY}"

    def fetched(self, retry: RetrySettings | None = None) -> bytes:
        return b"".join(fetched(self.wire, self.url, self.clock, retry or RetrySettings()))

    def streamed(self, start: int = 0) -> bytes:
        return b"".join(self.wire.stream(self.url, start))

    @property
    def ranges(self) -> list[str | None]:
        return [seen.headers.get("range") for seen in self.stub.requests(PATH)]


@pytest.fixture
def files(stub: Stub, wire: Wire, clock: Clock) -> Files:
    return Files(stub, wire, clock)


def served(cut: int | None = None) -> Callable[[Seen], Reply]:
    """The file, or what is asked of it, broken off after so many bytes."""

    def answer(seen: Seen) -> Reply:
        asked = seen.headers.get("range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        return Reply(206 if asked else 200, CONTENT[start:], cut=cut)

    return answer


class TestStream:
    def test_a_file_and_what_is_sent_for_it(self, files: Files) -> None:
        files.stub.script(PATH, served())
        assert files.streamed() == CONTENT
        (seen,) = files.stub.seen
        assert seen.method == "GET"
        assert seen.query == {"sig": "c2VjcmV0"}
        assert seen.headers["accept-encoding"] == "identity"
        assert not {"authorization", "user-agent", "client-request-id", "range"} & seen.headers.keys()

    def test_the_rest_of_a_file(self, files: Files) -> None:
        files.stub.script(PATH, served())
        assert files.streamed(4_000_000) == CONTENT[4_000_000:]
        assert files.ranges == ["bytes=4000000-"]

    def test_it_comes_as_it_lies_there(self, files: Files) -> None:
        files.stub.script(PATH, Reply(body=b"\x1f\x8bpacked", headers={"Content-Encoding": "gzip"}))
        assert files.streamed() == b"\x1f\x8bpacked"

    def test_it_comes_in_pieces(self, files: Files) -> None:
        files.stub.script(PATH, served())
        assert max(map(len, files.wire.stream(files.url))) <= 1 << 20

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_server_that_is_busy(self, files: Files, status: int) -> None:
        files.stub.script(PATH, Reply(status, b"", {"Retry-After": "12"}))
        with pytest.raises(DroppedError, match=f"localhost answered {status}") as raised:
            files.streamed()
        assert raised.value.asked == 12

    @pytest.mark.parametrize("status", [204, 206, 301, 302, 307, 400, 401, 403, 404, 410, 416])
    def test_an_answer_that_is_no_file(self, files: Files, status: int) -> None:
        headers = {"Location": f"{files.stub.url}/elsewhere"} if status // 100 == 3 else {}
        files.stub.script(PATH, Reply(status, b"", headers))
        with pytest.raises(CollectionError, match=f"no file but an answer {status}") as raised:
            files.streamed()
        assert raised.value.code == "bad_answer"
        assert KEY not in str(raised.value)
        assert files.stub.requests("/elsewhere") == []

    @pytest.mark.parametrize("answer", [Reply(drop=True), Reply(body=CONTENT, cut=100_000)])
    def test_a_connection_that_breaks(self, files: Files, answer: Reply) -> None:
        files.stub.script(PATH, answer)
        with pytest.raises(DroppedError, match="localhost gave no whole answer") as raised:
            files.streamed()
        assert KEY not in str(raised.value)

    def test_one_that_takes_too_long(self, stub: Stub, ca_file: Path, clock: Clock, time: FakeTime) -> None:
        stub.script(PATH, Reply(body=CONTENT, before_chunk=lambda: time.pass_by(30)))
        settings = WireSettings(file=100)
        with (
            closing(Wire(ca_file, clock, settings)) as wire,
            pytest.raises(DroppedError, match="more than 100 s"),
        ):
            list(wire.stream(f"{stub.url}{PATH}"))

    def test_a_file_has_more_time_than_an_answer(
        self, stub: Stub, ca_file: Path, clock: Clock, time: FakeTime
    ) -> None:
        stub.script(PATH, Reply(body=CONTENT, before_chunk=lambda: time.pass_by(5)))
        settings = WireSettings(whole=10, file=100, largest=1000)
        with closing(Wire(ca_file, clock, settings)) as wire:
            assert b"".join(wire.stream(f"{stub.url}{PATH}")) == CONTENT

    def test_a_server_that_is_not_trusted(self, stub: Stub, clock: Clock, tmp_path: Path) -> None:
        stranger = tmp_path / "stranger.pem"
        trustme.CA().cert_pem.write_to_path(str(stranger))
        with (
            closing(Wire(stranger, clock)) as wire,
            pytest.raises(ConnectionRefusedByServiceError, match="not trusted") as raised,
        ):
            list(fetched(wire, f"{stub.url}{PATH}?{KEY}", clock, RetrySettings()))
        assert KEY not in str(raised.value)
        assert stub.seen == []

    def test_a_collection_that_was_stopped(self, files: Files) -> None:
        files.stub.script(PATH, Reply(body=CONTENT, before_chunk=files.clock.stop))
        with pytest.raises(StoppedError):
            files.fetched()
        assert len(files.ranges) == 1
        with pytest.raises(StoppedError):
            files.streamed()
        assert len(files.ranges) == 1

    def test_one_that_is_left_alone_gives_its_connection_back(self, files: Files) -> None:
        files.stub.script(PATH, served())
        for _ in range(40):
            with closing(files.wire.stream(files.url)) as chunks:
                assert next(chunks)
        assert files.streamed() == CONTENT


class TestFetched:
    def test_it_is_gone_on_with_where_it_broke_off(self, files: Files) -> None:
        files.stub.script(PATH, served(cut=1 << 20), served(cut=1 << 20), served())
        assert files.fetched() == CONTENT
        assert files.ranges == [None, "bytes=1048576-", "bytes=2097152-"]

    def test_what_never_began_begins_anew(self, files: Files) -> None:
        files.stub.script(PATH, Reply(drop=True), Reply(503, b""), served())
        assert files.fetched() == CONTENT
        assert files.ranges == [None, None, None]

    @pytest.mark.parametrize("status", [200, 403, 416])
    def test_an_answer_that_does_not_go_on_ends_it(self, files: Files, status: int) -> None:
        files.stub.script(PATH, served(cut=1 << 20), Reply(status, CONTENT))
        with pytest.raises(CollectionError, match=f"no file but an answer {status}"):
            files.fetched()

    def test_it_waits_as_long_as_it_is_asked_to(self, files: Files, time: FakeTime) -> None:
        files.stub.script(PATH, Reply(429, b"", {"Retry-After": "44"}), served())
        assert files.fetched() == CONTENT
        assert time.waits == [pytest.approx(44)]

    def test_patience_ends(self, files: Files, time: FakeTime) -> None:
        files.stub.script(PATH, Reply(drop=True))
        with pytest.raises(DroppedError):
            files.fetched(RetrySettings(attempts=4))
        assert len(files.ranges) == 4
        assert len(time.waits) == 3

    def test_a_wait_beyond_all_patience_is_not_waited_for(self, files: Files, time: FakeTime) -> None:
        files.stub.script(PATH, Reply(503, b"", {"Retry-After": "7200"}))
        with pytest.raises(DroppedError):
            files.fetched()
        assert time.waits == []

    def test_a_file_that_trickles_is_given_up(self, files: Files) -> None:
        files.stub.script(PATH, served(cut=1000))
        with pytest.raises(DroppedError):
            files.fetched()
        assert len(files.ranges) == 10

    def test_a_large_file_may_break_off_late(self, files: Files, time: FakeTime) -> None:
        """Patience is with what does not come, not with what takes long because it is large."""

        def slowly(seen: Seen) -> Reply:
            time.pass_by(1200)
            return served(cut=2 << 20)(seen)

        files.stub.script(PATH, slowly, served())
        assert files.fetched() == CONTENT

    def test_a_large_file_may_break_off_often(self, files: Files) -> None:
        files.stub.script(PATH, *[served(cut=1 << 20)] * 3, served())
        assert files.fetched(RetrySettings(attempts=2)) == CONTENT
