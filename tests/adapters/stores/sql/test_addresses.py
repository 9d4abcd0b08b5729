"""Addresses of stores: what is refused, what is said of a server that is away, and that no password is ever shown."""

import pytest

from skywright.adapters.stores.sql import SqlStore
from skywright.lab.postgres import PostgresServer
from skywright.model.errors import AskHuman, BadInput, TryAgain

NEXT = "Write postgresql://user@host/database, or leave it out for SQLite in the data folder."


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://u:secret@h/d", "store: mysql is not a database that Skywright can use. " + NEXT),
        ("nothing of the kind secret", "store: is not the address of a database. " + NEXT),
        ("postgresql://u:secret@h:port/d", "store: is not the address of a database. " + NEXT),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(address: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        SqlStore(address)
    assert str(error.value) == said
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("form", ["postgresql://", "postgres://", "postgresql+psycopg2://"])
def test_a_server_that_is_away_is_told_and_the_password_is_not(form: str, tmp_path) -> None:
    store = SqlStore(f"{form}u:secret@/d?host={tmp_path}")
    with pytest.raises(TryAgain) as error:
        store.facts.get("a")
    assert str(error.value).startswith(
        f"The store postgresql+psycopg://u:***@/d?host={str(tmp_path).replace('/', '%2F')} does not answer: "
    )
    assert str(error.value).endswith(
        " Start the database, or mend the way to it; nothing is lost, and what was in hand is taken up again."
    )
    assert "secret" not in str(error.value)


def test_a_store_goes_on_when_its_server_is_back(postgres: PostgresServer, postgres_url: str) -> None:
    store = SqlStore(postgres_url)
    store.facts.put("a", "1")
    postgres.kill()
    with pytest.raises(TryAgain):
        store.facts.get("a")
    postgres.start()
    assert store.facts.get("a") == "1"
    store.close()


def test_the_log_refuses_to_be_changed(postgres_url: str) -> None:
    store = SqlStore(postgres_url)
    store.facts.put("a", "1")
    for statement in ("DELETE FROM log", "UPDATE log SET hash = 'x'", "TRUNCATE log"):
        with pytest.raises(AskHuman) as error, store._database.writing() as connection:
            connection.exec_driver_sql(statement)
        assert str(error.value).startswith("The audit log is append-only: ")
        assert str(error.value).endswith(" refused to change it. Nothing was changed.")
    store.close()
