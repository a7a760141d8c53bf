"""This will write dates in English so that no order of day and month can be mistaken, and times by 24 hours."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
MONTH_DAY_FORMAT = "j M"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
# Ours, for Django has none with seconds.
SECONDS_FORMAT = "j M Y, H:i:s"
# A day of this year, with its time.
MOMENT_FORMAT = "j M, H:i"
MOMENT_SECONDS_FORMAT = "j M, H:i:s"
