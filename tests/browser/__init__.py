"""This will prove what people do in a browser: real pages, real server, real database."""
