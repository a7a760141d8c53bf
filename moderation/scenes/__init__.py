"""This will draw the demo pictures of the photo service "AI Animals", because the repository ships no photos.

`draw` gives one scene, `draw_set` many, `jpeg` the bytes to post. Pure: Pillow and numpy, no Django, no files.
"""

from .composing import Scene, draw, draw_set, jpeg

__all__ = ["Scene", "draw", "draw_set", "jpeg"]
