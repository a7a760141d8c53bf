"""This will write dates the way each language does: one module per language, read by Django."""
