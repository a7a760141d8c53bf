"""This will run Second Look's processes together: start, watch, restart, end. Knows no Django."""
