"""A flag, the environment, .env, a profile, a default: the first to say something counts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from recon_kit.cli import run
from recon_kit.cli.force import known
from recon_kit.profiles import Setting, profiles_file, settings
from recon_kit.secret_names import SECRETS

pytestmark = pytest.mark.client

Say = Callable[..., tuple[int, str, str]]
NAMES = known()


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
    assert {"name": "RECON_PATIENCE", "value": "120", "source": "default", "error": None} in every


def test_a_default_is_told_as_it_can_be_typed(say: Say) -> None:
    code, told, _ = say("config", "--all", "--json")
    rows = json.loads(told)
    assert [row for row in rows if row["error"]] == []
    assert code == 0
    assert {row["name"]: row["value"] for row in rows}["RECON_EVENTS_SINCE"] == "24 hours"


def test_whatever_has_a_twin_takes_part() -> None:
    names = NAMES.keys() - {"RECON_PROFILE"}
    open_ = names - {*SECRETS}
    assert len(open_) > 60
    write("[all]\n" + "".join(f'{name} = "1"\n' for name in open_))
    Path(".env").write_text("RECON_LOG_FILE=here.log\n")
    found = settings("all", lambda: names)
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
    "a file of nobody": (
        '[staging]\nDATABASE_URL_FILE = "~nosuchuser/url"\n',
        "in the home of a user that is not known here",
    ),
    "a NUL in a path": (
        '[staging]\nDATABASE_URL_FILE = "a\\u0000b"\n',
        "DATABASE_URL_FILE of profile staging has a character in it",
    ),
    "a NUL in a file": (
        '[staging]\nRECON_WEBHOOK_FILE = "nul"\n',
        "nul, the RECON_WEBHOOK_FILE of profile staging, has a character in it",
    ),
    "a NUL": (
        '[staging]\nRECON_LOG_FILE = "a\\u0000b"\n',
        "RECON_LOG_FILE of profile staging has a character in it",
    ),
    "out of bounds": (
        "[staging]\nRECON_DYNAMODB_SEGMENTS = 99\n",
        "RECON_DYNAMODB_SEGMENTS of profile staging is '99'",
    ),
    "no value of a flag": ('[staging]\nRECON_FROM = "soon"\n', "(as profile staging has it)"),
    "a folder of nobody": (
        '[staging]\nRECON_LOCAL_DIR = "~nosuchuser"\n',
        "~nosuchuser is in the home of a user that is not known here",
    ),
    "both": (
        '[staging]\nDATABASE_URL_FILE = "empty"\nDATABASE_URL = "host=a"\n',
        "has both DATABASE_URL and DATABASE_URL_FILE",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_profile_is_said(what: str, say: Say) -> None:
    Path("empty").write_text("\n")
    Path("nul").write_text("hidden\0\n")
    write(WRONG[what][0])
    code, _, told = say("--profile", "staging", "gaps")
    assert code == 2, told
    assert WRONG[what][1] in told
    assert "hidden" not in told


UNREAD = (
    'DATABASE_URL="postgresql://u:hidden@h/d',
    "DATABASE_URL='postgresql://u:hidden@h/d\" # the other quote",
    "DATABASE_URL",
    "export DATABASE_URL",
    '"DATABASE_URL"=host=hidden',
    "DATABASE_URL: host=hidden",
    "set DATABASE_URL=host=hidden",
    "RECON_PROFILE",
    "RECON_WEBHOOK_FILE # none",
    "OTHER='hidden",
)


@pytest.mark.parametrize("line", UNREAD)
def test_a_line_that_cannot_be_read_is_said_and_not_passed_over(line: str, say: Say) -> None:
    Path(".env").write_text(f"# of the platform\nOTHER=1\n\n{line}\nMORE=1\nBARE\n")
    lack = f"line 4 of {Path('.env').absolute()} cannot be read"
    code, _, told = say("status")
    assert (code, lack in told, "hidden" in told) == (2, True, False)
    code, told, _ = say("config")
    assert (code, lack in told, "hidden" in told) == (2, True, False)


def test_the_mark_of_utf_8_is_no_part_of_a_name(say: Say) -> None:
    Path(".env").write_text("DATABASE_URL=host=c\n", encoding="utf-8-sig")
    assert in_force(say)["DATABASE_URL"] == ("host=c", ".env")


def test_a_profile_that_the_folder_names_counts_where_no_other_is_named(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("[here]\nRECON_WORKERS = 1\n[there]\nRECON_WORKERS = 2\n[typed]\nRECON_WORKERS = 3\n")
    Path(".env").write_text("RECON_PROFILE=here\n")
    for words, source in (((), ".env"), (("--profile", "typed"), "flag")):
        told = in_force(say, *words)
        name = "typed" if words else "here"
        assert told["RECON_PROFILE"] == (name, source)
        assert told["RECON_WORKERS"][1] == f"profile {name}"
    monkeypatch.setenv("RECON_PROFILE", "there")
    assert in_force(say)["RECON_PROFILE"] == ("there", "environment")
    assert in_force(say)["RECON_WORKERS"] == ("2", "profile there")
    monkeypatch.delenv("RECON_PROFILE")
    Path(".env").write_text("RECON_PROFILE=absent\n")
    assert "has no profile absent" in say("status")[2]


@pytest.mark.parametrize("name", ["RECON_DYNAMODB_ENDPOINT", "RECON_DASHBOARD_URL"])
def test_a_password_in_any_url_is_not_shown(name: str, say: Say) -> None:
    for url in ("http://u:hidden@h:1/x", "http://hidden@h", "https://u:hid/den@hidden?#@h"):
        Path(".env").write_text(f"{name}='{url}'\n")
        assert in_force(say)[name][0] in ("http://***@h:1/x", "http://***@h", "https://***@h")
        assert "hid" not in "".join(map(str, say("config", "--all")))


def test_an_empty_url_does_not_count_beside_one_that_is_typed(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text("DATABASE_URL=\n")
    for verb in ("status", "config"):
        code, *told = say(verb)
        assert (code, "DATABASE_URL is empty" in "".join(told)) == (2, True), verb
    assert in_force(say, "--database-url", "host=a")["DATABASE_URL"] == ("host=a", "flag")
    monkeypatch.setenv("DATABASE_URL", " ")
    assert in_force(say, "--database-url", "host=a")["DATABASE_URL"] == ("host=a", "flag")


def test_a_file_that_is_not_there_or_of_another_user_is_said(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"there is no file of profiles {profiles_file()}" in say("--profile", "a", "status")[2]
    Path(".env").write_text("DATABASE_URL=host=c\n")
    if os.geteuid() == 0:
        os.chown(".env", 4712, -1)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    assert ".env belongs to another user" in say("status")[2]


def test_a_file_that_the_system_does_not_let_be_read_is_in_no_way(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that need none: config tells it, and down has its folder."""
    profiles_file().mkdir(parents=True)
    Path(".env").symlink_to("/proc/self/mem")
    monkeypatch.setenv("RECON_PROFILE", "staging")
    monkeypatch.setenv("RECON_LOCAL_DIR", str(tmp_path / "kept"))
    code, told, _ = say("config", "--json")
    rows = {row["name"]: row["error"] for row in json.loads(told)}
    assert code == 2
    assert ".env cannot be read: Input/output error" in rows[".env"]
    assert "profiles.toml cannot be read: Is a directory" in rows["RECON_PROFILE"]
    assert rows["RECON_LOCAL_DIR"] is None
    assert say("down") == (0, "", "it was not running\n")
    assert say("status")[0] == 2


def test_config_tells_all_that_cannot_be_read(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with where it is from and what is expected, beside what can be read."""
    write(
        "[staging]\nRECON_DYNAMODB_SEGMENTS = 99\nRECON_WORKER = 4\n"
        'RECON_WEBHOOK = "https://hidden"\nRECON_RUNS_LIMIT = [1]\nRECON_TO = "2025-03-01"\n'
    )
    Path(".env").write_text("RECON_WORKERS=many\nset RECON_JSON=1\n'\nRECON_FROM=soon\n")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hidden@h/d?pool=1")
    monkeypatch.setenv("RECON_PATIENCE", "-1")
    monkeypatch.setenv("RECON_PROFILE", "staging")
    code, told, _ = say("config", "--json")
    assert code == 2
    rows = {row["name"]: (row["source"], row["error"] or "") for row in json.loads(told)}
    wrong = {
        "DATABASE_URL": ("environment", "PostgreSQL has no parameter pool"),
        "RECON_DYNAMODB_SEGMENTS": ("profile staging", "not a whole number from 1 to 64"),
        "RECON_FROM": (".env", "write it as 2025-03-01"),
        "RECON_JSON": (".env", "line 2 of"),
        "RECON_RUNS_LIMIT": ("profile staging", "neither a text nor a number"),
        "RECON_PATIENCE": ("environment", "not a number of 0 or more"),
        "RECON_WEBHOOK": ("profile staging", "has a secret in RECON_WEBHOOK"),
        "RECON_WORKER": ("profile staging", "Did you mean RECON_WORKERS?"),
        "RECON_WORKERS": (".env", "is not a whole number of 1 or more"),
        "line 3": (".env", "cannot be read"),
    }
    right = {"RECON_PROFILE": ("environment", ""), "RECON_TO": ("profile staging", "")}
    assert rows.keys() == wrong.keys() | right.keys()
    for name, (source, lack) in {**wrong, **right}.items():
        assert rows[name][0] == source, name
        assert lack in rows[name][1], name
    assert "hidden" not in told


IN_THE_WAY = {
    "a line that names another": ("set DATABASE_URL=x\n", None),
    "no line of its own": ("RECON_LOCAL_DIR={kept}\n'\n", None),
    "a number": ("RECON_WORKERS=many\nRECON_PATIENCE=x\n", None),
    "its own line": ("set RECON_LOCAL_DIR={kept}\n", "line 1 of"),
    "a profile": ("RECON_PROFILE=absent\n", "there is no file of profiles"),
}


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_down_needs_no_more_than_the_folder(
    what: str, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = str(tmp_path / "kept")
    text, lack = IN_THE_WAY[what]
    Path(".env").write_text(text.format(kept=kept))
    if lack is not None:
        code, _, told = say("down")
        assert (code, lack in told) == (2, True)
        assert "RECON_LOCAL_DIR=DIR recon-kit down" in told
        monkeypatch.setenv("RECON_LOCAL_DIR", kept)
    elif "kept" not in text:
        monkeypatch.setattr("recon_kit.local.kept._default_folder", lambda: Path(kept))
    assert say("down") == (0, "", "it was not running\n")
