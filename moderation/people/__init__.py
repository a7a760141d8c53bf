"""How people work and how well they agree, for themselves and their managers; never a ranking."""
