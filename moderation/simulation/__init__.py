"""This will play a season of posts and people through the real rooms, with a clock passed in.

Only the simulated people and the final table know the truth; every other step is the one that serves real traffic.
"""

from moderation.simulation.season import NotEnoughImages, Plan, Season

__all__ = ["NotEnoughImages", "Plan", "Season"]
