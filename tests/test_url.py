"""Whatever people put into DATABASE_URL: it is read, or what is wrong with it is named."""

from __future__ import annotations

import pytest

from recon_kit.errors import UsageError
from recon_kit.url import parts_of
from tests.commands import recon

pytestmark = pytest.mark.client

WRONG = {
    # Prisma, Rails, Django, node-postgres, SQLAlchemy, JDBC and .NET
    "postgresql://me:s3cret@db/d?pgbouncer=true": "has no parameter pgbouncer",
    "postgresql://me:s3cret@db/d?sslmode=require&schema=public": "has no parameter schema",
    "postgres://me:s3cret@db/d?pool=5&timeout=9": "has no parameter pool and no timeout",
    "postgres://me:s3cret@db/d?conn_max_age=600": "has no parameter conn_max_age",
    "postgresql:///d?host=/run&connection_limit=1": "has no parameter connection_limit",
    "host=db pgbouncer=true password=s3cret": "has no parameter pgbouncer",
    "postgresql+psycopg2://me:s3cret@db/d": "it begins with postgresql+psycopg2://",
    "postgres+asyncpg://me:s3cret@db/d": "it begins with postgres+asyncpg://",
    "postgis://me:s3cret@db/d": "it begins with postgis://",
    "jdbc:postgresql://db/d?user=me&password=s3cret": "something stands before postgresql://",
    "Host=db;Username=me;Password=s3cret": "has no parameter Host and no Username",
    "host=db;password=s3cret;user=me": "a semicolon stands between its parameters",
    "postgresql://me@db/d;password=s3cret?sslmode=prefer": "a semicolon stands between",
    "postgresql://db:5432/d?schema=public": "has no parameter schema",
    # files and shells
    '"postgresql://me:s3cret@db/d"': "something stands before postgresql://",
    "'postgresql://me:s3cret@db/d'": "something stands before postgresql://",
    " postgresql://me:s3cret@db/d": "something stands before postgresql://",
    "DATABASE_URL=postgresql://me:s3cret@db/d": "something stands before postgresql://",
    "psql postgresql://me:s3cret@db/d": "something stands before postgresql://",
    "POSTGRESQL://me:s3cret@db/d": "not in lower case",
    "postgresql://me:s3cret@db/d\r": "ends with a quote, a blank or the end of a line",
    "postgresql://me:s3cret@db/d\n": "ends with a quote, a blank or the end of a line",
    "postgresql://me:s3cret@db/d'": "ends with a quote, a blank or the end of a line",
    # neither
    "${DATABASE_URL}": "does not begin with postgresql://",
    "db:5432/d": "does not begin with postgresql://",
    "mysql://me:s3cret@db/d": "does not begin with postgresql://",
    # passwords
    "postgresql://me:s3%cret@db/d": "a % in it is not followed by two digits",
    "postgresql://me:s3@cret@db/d": "has to be escaped",
    "postgresql:///d?password=s3&cret=1": "something after its password",
    "postgresql://me:99?cret=1": "libpq does not take it",
    "host=db password=s3 cret=1": "something after its password",
}


@pytest.mark.parametrize("url", WRONG)
def test_what_is_wrong_with_a_url_is_named_and_its_password_is_not(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parts_of(url)
    said = f"{caught.value.message} {caught.value.hint}"
    assert WRONG[url] in said
    assert "cret" not in said
    assert caught.value.hint


@pytest.mark.parametrize("url", ["", "  ", "\n"])
def test_an_empty_url_is_not_the_local_database(url: str) -> None:
    done = recon("status", DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "DATABASE_URL is empty" in done.stderr


def test_an_empty_flag_is_not_the_local_database() -> None:
    done = recon("--database-url", " ", "status")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--database-url is empty" in done.stderr
