"""What every test may ask for. Each helper is a file of `tests/support/`."""

pytest_plugins = [
    "tests.support.databases",
    "tests.support.server",
    "tests.support.browser",
    "tests.support.leave",
    "tests.support.desk",
]
