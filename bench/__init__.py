"""This will measure what must stay fast: ``python -m bench`` prints one table and fails where a limit broke."""
