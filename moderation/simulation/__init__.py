"""This will play a season of posts, viewers and people through the real rooms, with a clock passed in.

Only the simulated people, viewers and posters and the final table know the truth; every other step is the one that
serves real traffic.
"""

from moderation.simulation.plan import Audience, Plan, Plant
from moderation.simulation.season import NotEnoughImages, Season

__all__ = ["Audience", "NotEnoughImages", "Plan", "Plant", "Season"]
