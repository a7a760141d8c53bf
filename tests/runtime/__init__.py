"""This will prove that the servers, the supervisor and the set-up do what they promise, in real processes."""
