"""What waits, how fast it goes, and how many people and workers it takes."""
