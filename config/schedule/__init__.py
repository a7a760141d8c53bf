"""This will do things by the clock: ``rows`` puts config.beat into rows that the admin edits, ``scheduler`` is what the
beat runs, ``outcomes`` writes down how each task went, ``showing`` lists all of it in one place."""
