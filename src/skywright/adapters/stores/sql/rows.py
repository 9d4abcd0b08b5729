"""Nouns as rows: canonical JSON in, and found again by the beginning of an id."""

from typing import Any

from sqlalchemy import Connection, Table, select

from skywright.model.canonical import canonical
from skywright.model.errors import BadInput


def encoded(noun: Any) -> str:
    """A noun -> canonical JSON text."""
    return canonical(noun).decode()


def beginning(connection: Connection, table: Table, identifier: str, noun: str) -> str | None:
    """The body of the one row whose id is, or begins with, ``identifier``. Raises BadInput when several begin so."""
    exact = connection.execute(select(table.c.body).where(table.c.id == identifier)).scalar()
    if exact is not None or not identifier:
        return exact
    query = select(table.c.id, table.c.body).where(table.c.id.startswith(identifier, autoescape=True)).order_by(table.c.id).limit(3)
    found = connection.execute(query).all()
    if len(found) > 1:
        names = ", ".join(row.id for row in found[:2])
        raise BadInput(f"Several ids of a {noun} begin with {identifier}: {names}...", next_step="Give more of it.")
    return found[0].body if found else None
