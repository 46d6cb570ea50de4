"""What the server answers about itself, over a real socket and on a real database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from tests.store import rows
from tests.store.databases import TestDatabase, engine
from tests.web.asking import Asking, answering

from securescore.errors import ConfigurationError
from securescore.services.installation import Installation
from securescore.store import queue, tenants
from securescore.store.tenants import Health
from securescore.web import application
from securescore.web.application import make_application

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_FRESH", -1.0)


@pytest.fixture
def ask(here: Installation) -> Iterator[Asking]:
    with answering(make_application(here)) as asking:
        yield asking


@pytest.fixture
def with_token(here: Installation, tmp_path: Path) -> Installation:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return replace(here, settings=here.settings.model_copy(update={"metrics_token_file": file}))


def heartbeat(here: Installation, seconds_ago: int = 0) -> None:
    statement = (
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => :ago))"
    )
    with here.database.installation() as connection:
        connection.execute(text(statement), {"ago": seconds_ago})


def figures(ask: Asking, **headers: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(ask.get("/metrics", **headers).text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def failing(ask: Asking) -> dict[str, Any]:
    answer = ask.get("/health/ready")
    parts = {name: part["problem"] for name, part in answer.json["parts"].items() if "problem" in part}
    assert answer.status == (503 if parts else 200)
    return parts


def test_it_lives(ask: Asking) -> None:
    answer = ask.get("/health/live")
    assert (answer.status, answer.json) == (200, {"status": "live"})
    assert "server" not in {name.lower() for name in answer.headers}


def test_it_is_ready_when_every_part_works(ask: Asking, here: Installation) -> None:
    heartbeat(here)
    assert failing(ask) == {}


def test_a_worker_that_gives_no_sign_of_life(ask: Asking, here: Installation) -> None:
    assert "no worker gave a sign of life since this database was made" in failing(ask)["worker"]
    heartbeat(here, seconds_ago=100)
    assert "for 100 seconds" in failing(ask)["worker"]


def test_a_folder_of_another_installation(ask: Asking, here: Installation) -> None:
    heartbeat(here)
    (here.settings.data_dir / "installation").write_text("00000000-0000-4000-8000-000000000001\n")
    parts = failing(ask)
    assert list(parts) == ["folder"]
    assert "belongs to another installation" in parts["folder"]


def test_a_folder_that_is_gone(ask: Asking, here: Installation) -> None:
    heartbeat(here)
    (here.settings.data_dir / "installation").unlink()
    here.settings.data_dir.rmdir()
    here.settings.data_dir.write_text("a file")
    assert list(failing(ask)) == ["folder"]


def test_a_schema_of_another_version(ask: Asking, here: Installation, fresh: TestDatabase) -> None:
    heartbeat(here)
    with engine(fresh.owner) as owner, owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    parts = failing(ask)
    assert list(parts) == ["schema"]
    assert "securescore database migrate" in parts["schema"]


def test_a_database_that_went_away(ask: Asking, fresh: TestDatabase, databases: Any) -> None:
    databases.as_superuser(f"ALTER DATABASE {fresh.application.database} WITH ALLOW_CONNECTIONS false")
    databases.as_superuser(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{fresh.application.database}'"
    )
    parts = failing(ask)
    assert {"database", "schema", "folder", "worker"} == set(parts)
    assert fresh.application.password
    assert fresh.application.password not in str(parts)
    assert figures(ask) == {("securescore_up",): 0}


def test_the_figures_count_and_name_nobody(ask: Asking, here: Installation) -> None:
    fine, failing_one = (
        rows.add_tenant(here.database, f"{n}1111111-2222-4333-8444-555555555555") for n in "12"
    )
    rows.fill(here.database, fine)
    for tenant_id, values in (
        (fine, {"health": Health.FINE, "synced_at": rows.NOW, "snapshot": 4}),
        (failing_one, {"health": Health.FAILING, "problem": "no"}),
    ):
        with here.database.changing(tenant_id) as connection:
            tenants.summarise(connection, **values)
            queue.put_sync(connection, tenant_id)
    heartbeat(here)
    found = figures(ask)
    assert found["securescore_tenants", "fine"] == 1
    assert found["securescore_tenants", "failing"] == 1
    assert found["securescore_tenants", "new"] == 0
    assert found["securescore_jobs", "waiting"] == 2
    assert found["securescore_snapshots",] == 4
    assert found["securescore_workers",] == 1
    assert found["securescore_database_bytes",] > 1_000_000
    assert found["securescore_oldest_sync_seconds",] > 0
    assert found["securescore_queue_delay_seconds",] >= 0
    told = ask.get("/metrics").text
    assert not any(str(one) in told for one in (fine, failing_one, "1111111", "Tenant 1"))


def test_what_jobs_took(ask: Asking, here: Installation) -> None:
    tenant_id = rows.add_tenant(here.database)
    with here.database.changing(tenant_id) as connection:
        queue.put_sync(connection, tenant_id)
        job = connection.execute(text("SELECT id FROM procrastinate_jobs")).scalar_one()
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
        connection.execute(text("SELECT procrastinate_finish_job_v1(:job, 'succeeded', false)"), {"job": job})
    found = figures(ask)
    assert found["securescore_jobs_ended_last_day", "sync_tenant"] == 1
    assert 0 <= found["securescore_job_seconds_last_day", "sync_tenant"] < 10


class TestWhoMayReadTheFigures:
    def test_from_here_without_a_token(self, ask: Asking) -> None:
        assert ask.get("/metrics").status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"X_Forwarded_For": "203.0.113.9"},
            {"Forwarded": "for=203.0.113.9"},
            {"X_Real_IP": "203.0.113.9"},
            {"Host": "score.example.com"},
            {"Host": ""},
            {"Host": "["},
        ],
    )
    def test_not_through_a_proxy_or_a_page_of_another_site(
        self, ask: Asking, headers: dict[str, str]
    ) -> None:
        answer = ask.get("/metrics", **headers)
        assert answer.status in {400, 401}
        assert "securescore_up" not in answer.text

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            (f"Bearer {TOKEN}", 200),
            (f"bearer {TOKEN}", 200),
            (f"Bearer {TOKEN}x", 401),
            ("Bearer", 401),
            ("Bearer ", 401),
            (f"Basic {TOKEN}", 401),
            ("Bearer \xe9", 401),
            ("", 401),
        ],
    )
    def test_from_elsewhere_with_the_token(self, with_token: Installation, given: str, status: int) -> None:
        with answering(make_application(with_token), ("127.0.0.1",)) as ask:
            answer = ask.get("/metrics", X_Forwarded_For="203.0.113.9", Authorization=given)
            assert answer.status == status
            assert TOKEN not in answer.text

    @pytest.mark.parametrize("content", ["", "short", "two words that are long enough", "x" * 5000])
    def test_a_file_without_a_token(self, with_token: Installation, content: str) -> None:
        file = with_token.settings.metrics_token_file
        assert file
        file.write_text(content)
        with pytest.raises(ConfigurationError, match="holds no token"):
            make_application(with_token)
        file.unlink()
        with pytest.raises(ConfigurationError, match="cannot be read"):
            make_application(with_token)


def test_answers_are_found_out_once_a_moment(
    ask: Asking, here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "_FRESH", 1000.0)
    before = failing(ask)
    heartbeat(here)
    assert failing(ask) == before
