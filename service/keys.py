"""The keys of this installation, derived from the one secret outside the database."""

from functools import cache

from service.config import Config, derive_key


@cache
def config() -> Config:
    """The settings of this process, read once from the environment."""
    return Config.from_env()


@cache
def key(label: str) -> bytes:
    """The key for one purpose; the labels are listed at `config.derive_key`."""
    return derive_key(config().secret(), label)
