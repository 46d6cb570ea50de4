"""Secrets at rest: what is sealed opens with its key, in its place, and nowhere else; and nothing shows it."""

import copy
import dataclasses
import errno
import json
import logging
import os
import pickle
import resource
import subprocess
import sys
import threading
import traceback
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.errors import ConfigurationError
from securescore.store.key_file import KeyFile, KeyFileError, create_key_file, retire, rotate
from securescore.store.sealing import SealedSecretError, Sealer, key_id_of
from securescore.store.secret_value import Secret

SECRET = b"correct horse battery staple"
ENCODED = urlsafe_b64encode(bytes(range(32))).decode()
AT = {"tenant": "contoso", "name": "client_secret"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return create_key_file(tmp_path / "keys" / "secret.key").path


@pytest.fixture
def sealer(path: Path) -> Sealer:
    return Sealer(path)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    """One sealer for all examples of a property."""
    return Sealer(create_key_file(tmp_path_factory.mktemp("keys") / "secret.key").path)


def private(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8", "surrogateescape")
    path.chmod(0o600)
    return path


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def shown(error: BaseException) -> str:
    """The traceback with the local variables of every frame but the test's own, as some loggers write it."""
    error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


# Sealing


@given(secret=st.binary(max_size=5000), tenant=st.text(max_size=40), name=st.text(max_size=40))
def test_what_is_sealed_opens_in_its_place(lasting: Sealer, secret: bytes, tenant: str, name: str) -> None:
    sealed = lasting.seal(secret, tenant=tenant, name=name)
    assert lasting.open(sealed, tenant=tenant, name=name) == secret
    assert lasting.seal(Secret(secret), tenant=tenant, name=name) != sealed, "the nonce is new each time"
    assert len(secret) < 4 or secret not in sealed


@given(where=st.tuples(st.text(), st.text()), elsewhere=st.tuples(st.text(), st.text()))
def test_it_opens_in_no_other_place(
    lasting: Sealer, where: tuple[str, str], elsewhere: tuple[str, str]
) -> None:
    sealed = lasting.seal(SECRET, tenant=where[0], name=where[1])
    if where == elsewhere:
        return
    with pytest.raises(SealedSecretError, match="cannot be opened with the key file"):
        lasting.open(sealed, tenant=elsewhere[0], name=elsewhere[1])


@pytest.mark.parametrize("place", [("ab", "c"), ("", "abc"), ("abc", ""), ("abc", "bc")])
def test_tenant_and_name_do_not_run_together(sealer: Sealer, place: tuple[str, str]) -> None:
    sealed = sealer.seal(SECRET, tenant="a", name="bc")
    with pytest.raises(SealedSecretError):
        sealer.open(sealed, tenant=place[0], name=place[1])


def test_every_flipped_bit_is_noticed(sealer: Sealer) -> None:
    sealed = sealer.seal(SECRET, **AT)
    for bit in range(8 * len(sealed)):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealedSecretError):
            sealer.open(bytes(flipped), **AT)


def test_every_truncation_and_addition_is_noticed(sealer: Sealer) -> None:
    sealed = sealer.seal(SECRET, **AT)
    for broken in [*(sealed[:length] for length in range(len(sealed))), sealed + b"\0", b"\0" + sealed]:
        with pytest.raises(SealedSecretError):
            sealer.open(broken, **AT)


@given(sealed=st.binary(max_size=200))
def test_what_was_never_sealed_opens_nothing(lasting: Sealer, sealed: bytes) -> None:
    with pytest.raises(SealedSecretError, match="the secret of tenant contoso"):
        lasting.open(sealed, **AT)


@given(sealed=st.binary(max_size=100).map(lambda rest: b"\x01\x08deadbeef" + rest))
def test_a_header_alone_opens_nothing(lasting: Sealer, sealed: bytes) -> None:
    with pytest.raises(SealedSecretError):
        lasting.open(sealed, **AT)


def test_the_key_id_is_seen_without_the_key(sealer: Sealer, path: Path) -> None:
    assert key_id_of(sealer.seal(SECRET, **AT)) == KeyFile.load(path).newest.id
    with pytest.raises(SealedSecretError, match="a stored secret is damaged"):
        key_id_of(b"\x02\x01k" + bytes(40))


# The wrong key


def test_another_key_file(sealer: Sealer, tmp_path: Path) -> None:
    sealed = sealer.seal(SECRET, **AT)
    other = create_key_file(tmp_path / "other.key")
    with pytest.raises(SealedSecretError) as caught:
        Sealer(other.path).open(sealed, **AT)
    assert str(caught.value) == (
        f"the secret of tenant contoso cannot be opened with the key file {other.path} (key id "
        f"{key_id_of(sealed)}): restore the key file that was in use, or enter the secret again"
    )


def test_the_same_id_with_other_bytes(sealer: Sealer, path: Path, tmp_path: Path) -> None:
    sealed = sealer.seal(SECRET, **AT)
    other = private(tmp_path / "other.key", f"{key_id_of(sealed)} {ENCODED}\n")
    with pytest.raises(SealedSecretError, match=f"key id {key_id_of(sealed)}"):
        Sealer(other).open(sealed, **AT)
    with pytest.raises(KeyFileError, match="does not hold the key that sealed the secrets of this database"):
        Sealer(other).check(sealer.fingerprint())


def test_the_fingerprint_survives_rotation_and_not_retirement(sealer: Sealer, path: Path) -> None:
    before = sealer.fingerprint()
    rotate(path)
    assert sealer.fingerprint() != before
    sealer.check(before)
    sealer.check(sealer.fingerprint())
    retire(path, keep=[])
    with pytest.raises(KeyFileError, match=f"fingerprint {before}"):
        sealer.check(before)


@pytest.mark.parametrize("nonsense", ["", "x", "é", "a:b"])
def test_a_fingerprint_of_nothing(sealer: Sealer, nonsense: str) -> None:
    with pytest.raises(KeyFileError):
        sealer.check(nonsense)


def test_the_fingerprint_does_not_tell_the_key(path: Path) -> None:
    key = KeyFile.load(path).newest
    assert key.fingerprint().partition(":")[2] not in key.line().reveal().decode()


# The key file


def test_a_new_key_file_is_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret.key"
    first = create_key_file(path)
    assert (mode(path), mode(path.parent), len(first.keys)) == (0o600, 0o700, 1)
    with pytest.raises(KeyFileError, match="is there already: keep it"):
        create_key_file(path)
    assert KeyFile.load(path) == first
    assert names(path.parent) == ["secret.key"]


def test_a_key_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from securescore.store.key_file import create_key_file, rotate\n"
        "os.umask(0); create_key_file(Path(sys.argv[1])); rotate(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / "k"], check=True)
    assert mode(tmp_path / "k") == 0o600


def test_many_make_it_at_once_and_one_does(tmp_path: Path) -> None:
    def attempt(_: int) -> bool:
        try:
            create_key_file(tmp_path / "secret.key")
        except KeyFileError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert names(tmp_path) == ["secret.key"]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o602, 0o610, 0o644, 0o777])
def test_a_key_file_open_to_others(path: Path, bits: int) -> None:
    path.chmod(bits)
    with pytest.raises(KeyFileError, match=rf"\(mode {bits:04o}\): run 'chmod 600 "):
        KeyFile.load(path)
    for change in (rotate, lambda file: retire(file, keep=[])):
        with pytest.raises(KeyFileError, match="chmod 600"):
            change(path)


def test_a_key_file_that_only_its_owner_may_read(path: Path) -> None:
    path.chmod(0o400)
    assert KeyFile.load(path).keys


BAD = {
    "": "is empty",
    "# only a comment\n\n": "is empty",
    "k1\n": "is malformed in line 1",
    f"# a comment\n\n{ENCODED}\n": "is malformed in line 3",
    f"k1 {ENCODED[:-2]}\n": "is malformed in line 1",
    f"k1 {ENCODED[:-1]}AAAA\n": "is malformed in line 1",
    f"k1 {ENCODED} more\n": "is malformed in line 1",
    f"k1 {ENCODED[:20]}+{ENCODED[21:]}\n": "is malformed in line 1",
    f"k1:{ENCODED}\n": "is malformed in line 1",
    f"{'k' * 33} {ENCODED}\n": "is malformed in line 1",
    f"ké {ENCODED}\n": "is malformed in line 1",
    f"-k {ENCODED}\n": "is malformed in line 1",
    f"\udcff\udcfe {ENCODED}\n": "is malformed in line 1",
    f"k1 {ENCODED}\nk1 {ENCODED}\n": "is malformed in line 2, which repeats the key id k1",
    f"k1 {ENCODED}\nnonsense\n": "is malformed in line 2",
    "#" * 1_100_000: "is too large",
}


@pytest.mark.parametrize(("text", "sentence"), BAD.items(), ids=[repr(text[:24]) for text in BAD])
def test_a_malformed_key_file(tmp_path: Path, text: str, sentence: str) -> None:
    path = private(tmp_path / "k", text)
    with pytest.raises(KeyFileError) as caught:
        KeyFile.load(path)
    assert sentence in str(caught.value)
    assert str(path) in str(caught.value)
    assert ENCODED[:20] not in shown(caught.value)


def test_what_people_write_into_it(tmp_path: Path) -> None:
    text = f"\n  # ours\r\n\tnew.2026-01 \t {ENCODED}  # in use\r\nold {ENCODED.rstrip('=')}"
    assert KeyFile.load(private(tmp_path / "k", text)).ids == ["new.2026-01", "old"]


def test_a_key_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="is missing: restore"):
        KeyFile.load(tmp_path / "k")
    with pytest.raises(KeyFileError, match="is no plain file"):
        KeyFile.load(tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyFileError, match="is no plain file"):
        KeyFile.load(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for use in (KeyFile.load, rotate, Sealer):
        with pytest.raises(KeyFileError, match="cannot be read"):
            use(tmp_path / "loop")


def test_a_key_file_that_the_account_may_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(KeyFileError, match=r"cannot be read \(Permission denied\)"):
        KeyFile.load(path)


# Rotation


def test_a_rotation_keeps_what_was_sealed(sealer: Sealer, path: Path) -> None:
    old = sealer.seal(SECRET, **AT)
    assert not sealer.needs_resealing(old)
    rotate(path)
    assert sealer.needs_resealing(old)
    assert sealer.open(old, **AT) == SECRET
    new = sealer.reseal(old, **AT)
    assert not sealer.needs_resealing(new)
    assert retire(path, keep=[key_id_of(new)]) == [key_id_of(old)]
    assert sealer.open(new, **AT) == SECRET
    with pytest.raises(SealedSecretError, match=f"key id {key_id_of(old)}"):
        sealer.open(old, **AT)


def test_a_value_is_not_resealed_into_another_place(sealer: Sealer, path: Path) -> None:
    old = sealer.seal(SECRET, **AT)
    rotate(path)
    with pytest.raises(SealedSecretError):
        sealer.reseal(old, tenant="contoso", name="private_key")


def test_an_unknown_key_id_makes_it_read_again(sealer: Sealer, path: Path) -> None:
    """Also when the change cannot be seen from outside."""
    rotate(path)
    sealed = Sealer(path).seal(SECRET, **AT)
    sealer._held = dataclasses.replace(sealer._held, stamp=KeyFile.load(path).stamp)
    assert sealer.open(sealed, **AT) == SECRET


def test_rotation_and_retirement_leave_comments_alone(tmp_path: Path) -> None:
    path = private(tmp_path / "k", f"# mine \udcff\n\nb {ENCODED} # newest\n# in between\na {ENCODED}")
    rotate(path)
    new = KeyFile.load(path).newest
    lines = path.read_text("utf-8", "surrogateescape").splitlines()
    assert lines[:2] == ["# mine \udcff", ""]
    assert lines[2] == new.line().reveal().decode()
    assert lines[3:] == [f"b {ENCODED} # newest", "# in between", f"a {ENCODED}"]
    assert retire(path, keep=["a"]) == ["b"]
    assert KeyFile.load(path).ids == [new.id, "a"]
    assert retire(path, keep=["a"]) == []
    assert "# in between" in path.read_text("utf-8", "surrogateescape")


def test_a_key_that_is_in_use_and_missing_stops_the_retirement(path: Path) -> None:
    rotate(path)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="does not hold the key gone that is still in use"):
        retire(path, keep=["gone"])
    assert path.read_bytes() == before


def test_a_key_file_behind_a_link_stays_there(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    sealer = Sealer(link)
    assert rotate(link).path == link
    assert link.is_symlink()
    assert len(KeyFile.load(path).keys) == 2
    assert sealer.fingerprint() == KeyFile.load(path).fingerprint()


def test_the_owner_stays_the_owner(path: Path) -> None:
    with suppress(PermissionError):  # only root can give a file away
        os.chown(path, 65534, 65534)
    owner = path.stat().st_uid
    rotate(path)
    assert (path.stat().st_uid, mode(path)) == (owner, 0o600)


def disk_full(_patch: pytest.MonkeyPatch) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, resource.RLIM_INFINITY))


def refused(step: str) -> Callable[[pytest.MonkeyPatch], None]:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    return lambda patch: patch.setattr(step, refuse)


@pytest.mark.parametrize("fault", [disk_full, refused("os.fsync"), refused("pathlib.Path.rename")])
def test_a_disk_that_refuses_leaves_the_old_keys(
    path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None]
) -> None:
    known = KeyFile.load(path)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with monkeypatch.context() as patch:
            fault(patch)
            with pytest.raises(KeyFileError, match="cannot be written") as caught:
                rotate(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert known.newest.line().reveal().decode() not in shown(caught.value)
    assert KeyFile.load(path) == known
    assert names(path.parent) == [path.name]


def test_while_the_file_cannot_be_used_nothing_is_sealed_but_all_is_opened(
    sealer: Sealer, path: Path
) -> None:
    sealed = sealer.seal(SECRET, **AT)
    path.chmod(0o644)
    assert sealer.open(sealed, **AT) == SECRET
    with pytest.raises(KeyFileError, match="chmod 600"):
        sealer.seal(SECRET, **AT)
    path.unlink()
    assert sealer.open(sealed, **AT) == SECRET
    for refused in (sealer.fingerprint, lambda: sealer.seal(SECRET, **AT)):
        with pytest.raises(KeyFileError, match="is missing"):
            refused()


# Several processes

WORKER = """
import json, sys
from pathlib import Path
from securescore.store.sealing import Sealer, key_id_of

sealer, at, ids = Sealer(Path(sys.argv[1])), {"tenant": "contoso", "name": "client_secret"}, set()
kept = []
for line in sys.stdin:
    for number in range(20):
        secret = f"{line}{number}".encode()
        kept.append((secret, sealer.seal(secret, **at)))
    assert all(sealer.open(sealed, **at) == secret for secret, sealed in kept)
    print(json.dumps(sorted({key_id_of(sealed) for _, sealed in kept})), flush=True)
"""

ROTATOR = """
import sys
from pathlib import Path
from securescore.store.key_file import rotate

print("there", flush=True)
for number in range(int(sys.argv[2])):
    rotate(Path(sys.argv[1]))
    print(number, flush=True)
"""


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def ask(process: subprocess.Popen[str]) -> set[str]:
    """One round of a worker: seals some more and opens all it has; the ids of the keys of all of them."""
    assert process.stdin is not None
    process.stdin.write("on\n")
    process.stdin.flush()
    return set(json.loads(said(process)))


def test_another_process_goes_on_through_rotations(path: Path) -> None:
    used = set()
    with child(WORKER, path) as worker:
        for _ in range(10):
            used.add(KeyFile.load(path).newest.id)
            assert ask(worker) == used
            rotate(path)
        worker.communicate()
    assert worker.returncode == 0
    assert len(used) == 10


def test_processes_that_rotate_at_once_lose_no_key(path: Path) -> None:
    """While they do, a worker seals and opens, and every key it used is there at the end."""
    rounds = 25
    with (
        child(WORKER, path) as worker,
        child(ROTATOR, path, rounds) as one,
        child(ROTATOR, path, rounds) as two,
    ):
        used: set[str] = set()
        while one.poll() is None or two.poll() is None:
            used |= ask(worker)
        for process in (worker, one, two):
            process.communicate()
            assert process.returncode == 0
    ids = KeyFile.load(path).ids
    assert len(ids) == 1 + 2 * rounds
    assert used <= set(ids)
    assert names(path.parent) == [path.name]


@pytest.mark.parametrize("rounds", range(6))
def test_a_rotation_killed_at_any_moment_loses_no_key(path: Path, rounds: int) -> None:
    with child(ROTATOR, path, 1000) as process:
        for _ in range(1 + 3 * rounds):
            said(process)
        process.kill()
    ids = KeyFile.load(path).ids
    assert len(ids) >= 1 + 3 * rounds
    assert set(ids) <= set(rotate(path).ids)


def test_threads_share_a_sealer(sealer: Sealer, path: Path) -> None:
    done = threading.Event()

    def work(number: int) -> int:
        count = 0
        while not done.is_set() or count == 0:
            secret = f"{number} {count}".encode()
            assert sealer.open(sealer.seal(secret, **AT), **AT) == secret
            count += 1
        return count

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work, number) for number in range(4)]
        try:
            for _ in range(20):
                rotate(path)
        finally:
            done.set()
        assert all(one.result() for one in working)
    assert len(KeyFile.load(path).keys) == 21


# A secret that travels


VIEWS: list[Callable[[Secret], object]] = [
    repr,
    str,
    ascii,
    format,
    "{:>40}".format,
    lambda secret: f"{secret!r:.9} {secret}",
    lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - loggers still do
    lambda secret: [secret, {"a": secret}],
    dataclasses.make_dataclass("Held", ["secret"]),
]


@pytest.mark.parametrize("view", VIEWS)
def test_a_secret_does_not_show(view: Callable[[Secret], object]) -> None:
    assert "horse" not in repr(view(Secret(SECRET)))


@pytest.mark.parametrize(
    "way",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, bytes, hash, vars],
    ids=lambda way: way.__name__,
)
def test_a_secret_is_refused(way: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as caught:
        way(Secret(SECRET))
    assert "horse" not in str(caught.value)


def test_secrets_are_compared_by_value() -> None:
    assert Secret(SECRET) == Secret(bytes(bytearray(SECRET)))
    assert Secret(SECRET) != Secret(b"another")
    assert Secret(SECRET) != SECRET
    assert Secret(SECRET).reveal() == SECRET


def test_no_log_and_no_traceback_shows_it(
    sealer: Sealer, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = KeyFile.load(path)
    sealed = sealer.seal(Secret(SECRET), **AT)
    held = {"secret": Secret(SECRET), "keys": keys}
    path.write_text("nonsense\n")
    acts: list[Callable[[], object]] = [
        lambda: sealer.seal(Secret(SECRET), **AT),
        lambda: sealer.open(sealed, tenant="fabrikam", name="client_secret"),
        lambda: sealer.open(sealed[:-1], **AT),
    ]
    for act in acts:
        with pytest.raises(ConfigurationError) as caught:
            act()
        logging.getLogger("test").error("held %s", held, exc_info=caught.value)
        written = shown(caught.value) + caplog.text
        assert "held {" in written
        assert "horse" not in written
        assert repr(keys.newest.value.reveal()) not in written
        assert keys.newest.line().reveal().decode() not in written
