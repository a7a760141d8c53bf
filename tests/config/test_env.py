"""Tests of reading the database's address."""

import pytest

from config import env


def test_statements_are_prepared_unless_the_address_says_off() -> None:
    address = "postgresql://user:secret@db.example.com:5433/animals?sslmode=require"
    prepared = env.database(address)
    assert (prepared["HOST"], prepared["PORT"], prepared["NAME"]) == ("db.example.com", "5433", "animals")
    assert prepared["OPTIONS"] == {"server_side_binding": True, "sslmode": "require", "prepare_threshold": 5}
    pooled = env.database(f"{address}&prepare_threshold=off")
    assert pooled["OPTIONS"] == {"server_side_binding": True, "sslmode": "require", "prepare_threshold": None}


def test_no_other_engine_is_taken() -> None:
    with pytest.raises(env.BadSetting, match="postgresql://"):
        env.database("mysql://db/animals")
