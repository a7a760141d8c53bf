"""This will watch what model versions are asked about and what they say, day by day, and tell people where it changed.

``gathering`` counts days, ``references`` fixes what they are compared with, ``judging`` compares, ``again`` scores a
sample on the path of training, ``alerting`` tells people; ``showing`` is the page.
"""
