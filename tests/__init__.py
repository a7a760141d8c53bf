"""This will prove Second Look on real PostgreSQL, real Valkey and real worker processes."""
