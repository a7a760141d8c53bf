"""This will be Django's PostgreSQL, but for how it is found out whether a connection still stands."""
