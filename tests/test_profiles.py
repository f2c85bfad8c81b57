"""A flag, the environment, .env, a profile, a default: the first to say something counts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from recon_kit.cli import app, run
from recon_kit.cli.force import known
from recon_kit.profiles import SECRETS, Setting, profiles_file, settings

pytestmark = pytest.mark.client

Say = Callable[..., tuple[int, str, str]]
NAMES = known(typer.main.get_command(app))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and a home of their own, without a .env."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def write(text: str) -> None:
    profiles_file().parent.mkdir(parents=True, exist_ok=True)
    profiles_file().write_text(text)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """The exit code, stdout and stderr of a command line."""

    def call(*words: str) -> tuple[int, str, str]:
        before = dict(os.environ)
        code = run(list(words))
        assert dict(os.environ) == before, "nothing stays set"
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def in_force(say: Say, *words: str) -> dict[str, tuple[str | None, str]]:
    code, told, lack = say(*words, "config", "--json")
    assert code == 0, lack
    return {row["name"]: (row["value"], row["source"]) for row in json.loads(told)}


def test_the_first_to_say_something_counts(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    write('[staging]\nDATABASE_URL = "host=d"\nRECON_WORKERS = 4\nRECON_JSON = true\n')
    assert in_force(say) == {}
    told = in_force(say, "--profile", "staging")
    assert told == {
        "DATABASE_URL": ("host=d", "profile staging"),
        "RECON_JSON": ("true", "profile staging"),
        "RECON_PROFILE": ("staging", "flag"),
        "RECON_WORKERS": ("4", "profile staging"),
    }
    monkeypatch.setenv("RECON_PROFILE", "staging")
    Path(".env").write_text("# of the platform\nDATABASE_URL=host=c\nOTHER=$x\n")
    assert in_force(say)["DATABASE_URL"] == ("host=c", ".env")
    assert in_force(say)["RECON_PROFILE"] == ("staging", "environment")
    monkeypatch.setenv("DATABASE_URL", "host=b")
    assert in_force(say)["DATABASE_URL"] == ("host=b", "environment")
    _, _, noted = say("config")
    assert "DATABASE_URL is that of the environment, and not of profile staging\n" in noted
    told = in_force(say, "--database-url", "host=a")
    assert told["DATABASE_URL"] == ("host=a", "flag")
    assert in_force(say)["RECON_WORKERS"] == ("4", "profile staging")
    every = json.loads(say("config", "--all")[1])
    assert {row["name"] for row in every} == set(NAMES)
    assert {"name": "RECON_PATIENCE", "value": "120", "source": "default"} in every


def test_whatever_has_a_twin_takes_part() -> None:
    names = NAMES.keys() - {"RECON_PROFILE"}
    open_ = names - {*SECRETS}
    assert len(open_) > 60
    write("[all]\n" + "".join(f'{name} = "1"\n' for name in open_))
    Path(".env").write_text("RECON_LOG_FILE=here.log\n")
    found = settings("all", names)
    assert found.pop("RECON_LOG_FILE") == Setting("here.log", ".env", ("profile all",))
    assert found == dict.fromkeys(open_ - {"RECON_LOG_FILE"}, Setting("1", "profile all"))


def test_a_flag_is_as_the_profile_has_it(say: Say, module_url: str) -> None:
    Path("url").write_text(module_url + "\n")
    write('[staging]\nDATABASE_URL_FILE = "url"\nRECON_JSON = true\n')
    code, told, _ = say("--profile", "staging", "loads")
    assert (code, told) == (0, "[]\n")


def test_secrets_are_kept_in_files_and_not_shown(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("url").write_text("postgresql://u:hidden@h/d\n")
    Path("hook").write_text("https://hooks.example.org/hidden")
    monkeypatch.setenv("DATABASE_URL_FILE", "url")
    write('[staging]\nRECON_WEBHOOK_FILE = "~/hook"\n')
    told = in_force(say, "--profile", "staging")
    assert told["DATABASE_URL"] == ("user=u dbname=d host=h", "environment")
    assert told["RECON_WEBHOOK"] == ("***", "profile staging")
    assert "hidden" not in "".join(map(str, say("--profile", "staging", "config", "--all")))


WRONG = {
    "no profile": ("[a]\nRECON_WORKERS = 1\n[b]\nRECON_WORKERS = 1\n", "It has: a, b"),
    "not TOML": ("[staging\n", "is not TOML"),
    "unknown": ("[staging]\nRECON_WORKER = 4\n", "Did you mean RECON_WORKERS?"),
    "a list": ("[staging]\nRECON_WORKERS = [4]\n", "neither a text nor a number"),
    "a password": (
        '[staging]\nDATABASE_URL = "postgresql://u:hidden@h/d"\n',
        "has a secret in DATABASE_URL",
    ),
    "a webhook": ('[staging]\nRECON_WEBHOOK = "https://hidden"\n', "set RECON_WEBHOOK_FILE"),
    "no such file": ('[staging]\nDATABASE_URL_FILE = "absent"\n', "absent, the DATABASE_URL_FILE"),
    "an empty file": ('[staging]\nDATABASE_URL_FILE = "empty"\n', "is empty"),
    "both": (
        '[staging]\nDATABASE_URL_FILE = "empty"\nDATABASE_URL = "host=a"\n',
        "has both DATABASE_URL and DATABASE_URL_FILE",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_profile_is_said(what: str, say: Say) -> None:
    Path("empty").write_text("\n")
    write(WRONG[what][0])
    code, _, told = say("--profile", "staging", "status")
    assert code == 2, told
    assert WRONG[what][1] in told
    assert "hidden" not in told


def test_a_file_that_is_not_there_or_of_another_user_is_said(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"there is no file of profiles {profiles_file()}" in say("--profile", "a", "status")[2]
    Path(".env").write_text("DATABASE_URL=host=c\n")
    if os.geteuid() == 0:
        os.chown(".env", 4712, -1)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    assert ".env belongs to another user" in say("config")[2]
