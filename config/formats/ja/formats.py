"""This will write dates in Japanese, and times by 24 hours."""

DATE_FORMAT = "Y年n月j日"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y年n月j日 H:i"
MONTH_DAY_FORMAT = "n月j日"
SHORT_DATE_FORMAT = "Y/m/d"
SHORT_DATETIME_FORMAT = "Y/m/d H:i"
# Ours, for Django has none with seconds.
SECONDS_FORMAT = "Y年n月j日 H:i:s"
# A day of this year, with its time.
MOMENT_FORMAT = "n月j日 H:i"
MOMENT_SECONDS_FORMAT = "n月j日 H:i:s"
