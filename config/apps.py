import gc

from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "config"
    label = "wiring"

    def ready(self) -> None:
        # Python looks for garbage after every 700 new objects that are not freed again. A page makes many times as
        # many, nearly all freed as soon as they are not used any more, and looking took a seventh of its time.
        gc.set_threshold(50_000)
