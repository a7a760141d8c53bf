from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class WiringConfig(AppConfig):
    name = "config"
    label = "wiring"
    # Django picks a lone configuration by itself, but there is another one below.
    default = True


class PageFilesConfig(StaticFilesConfig):
    """Django's, which leaves out what packages bring along and no page loads: 70 MB, some of it naming files that are
    not there."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("libs", "types", "extension", "package.json", "*.rtl.*", "tabler-*", "*.esm.*", "tabler.css*", "tabler.js*"),
        *("echarts.common.*", "echarts.simple.*", "echarts.js*"),
    ]
