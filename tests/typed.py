"""A command, for what many tests look at and one of them makes."""

from typer.testing import CliRunner

from unusual.app.cli import app


def typed(*words):
    """What it said, on both outputs; it has ended well."""
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == 0, done.exception or done.output
    return done.output


def settings(changes):
    """The words that change settings."""
    return [word for change in changes for word in ("--set", change)]
