"""Settings are read once, refused by name when wrong, and the secret is made once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

import service.config
from service.config import Config, ConfigError, database_url, derive_key


def test_without_any_setting_it_is_a_laptop(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    config = Config.from_env({})

    assert config.database_url == f"sqlite:///{tmp_path / 'var' / 'pingshen.db'}"
    assert (config.host, config.port, config.base_url) == ("127.0.0.1", 8080, "http://localhost:8080")
    assert (config.language, config.production, config.trusted_hosts) == ("zh-CN", False, ())
    assert (config.session_idle, config.session_lifetime) == (timedelta(hours=2), timedelta(hours=12))


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"PORT": "http"}, "PORT"),
        ({"PORT": "-1"}, "PORT"),
        ({"WEB_WORKERS": "0"}, "WEB_WORKERS"),
        ({"PINGSHEN_MODE": "prod"}, "PINGSHEN_MODE"),
        ({"PINGSHEN_CLOCK_PIN": "yes"}, "PINGSHEN_CLOCK_PIN"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"PINGSHEN_MODE": "production", "PINGSHEN_BASE_URL": "awards"}, "PINGSHEN_BASE_URL"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(env, named):
    with pytest.raises(ConfigError, match=named):
        Config.from_env(env)


def test_nobody_sets_the_clock_in_production():
    with pytest.raises(ConfigError, match="CLOCK_PIN"):
        Config.from_env({"PINGSHEN_MODE": "production", "PINGSHEN_CLOCK_PIN": "1"})


def test_production_answers_to_its_own_names_only():
    config = Config.from_env({"PINGSHEN_MODE": "production", "PINGSHEN_BASE_URL": "https://awards.example.org/"})

    assert config.trusted_hosts == ("awards.example.org", "127.0.0.1", "localhost")
    assert config.base_url == "https://awards.example.org"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/x", "postgresql+psycopg://u:p@db/x"),
        ("postgresql://u@/x?host=/run", "postgresql+psycopg://u@/x?host=/run"),
        ("postgresql+psycopg://u@/x", "postgresql+psycopg://u@/x"),
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
    ],
)
def test_a_database_address_is_understood_as_hosts_write_it(given, used):
    assert database_url(given) == used


def test_a_relative_sqlite_file_is_the_same_for_every_process(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    assert database_url("sqlite:///a.db") == f"sqlite:///{tmp_path / 'a.db'}"


def test_processes_that_start_together_share_one_secret(tmp_path: Path):
    config = Config.from_env({"PINGSHEN_DATA": str(tmp_path / "new")})

    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: config.secret(), range(64)))

    assert len(secrets) == 1
    assert config.secret_key_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in config.data_dir.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("text", ["", "abcd\n", "no digits at all"])
def test_a_damaged_secret_is_not_used(tmp_path: Path, text: str):
    config = Config.from_env({"PINGSHEN_DATA": str(tmp_path)})
    config.secret_key_file.write_text(text)

    with pytest.raises(ConfigError, match=r"secret\.key"):
        config.secret()


def test_keys_of_two_purposes_are_independent():
    assert derive_key(b"s" * 32, "state") != derive_key(b"s" * 32, "urn")
    assert len(derive_key(b"s" * 32, "state")) == 32


def test_every_setting_is_in_the_table_of_the_module():
    source = Path(service.config.__file__).read_text(encoding="utf-8")
    table, code = source.split('"""', 2)[1:]
    names = set(re.findall(r'"((?:PINGSHEN|WEB)_[A-Z_]+|PORT|DATABASE_URL)"', code))

    assert names == set(re.findall(r"`((?:PINGSHEN|WEB)_[A-Z_]+|PORT|DATABASE_URL)`", table)) - {"PINGSHEN_"}
