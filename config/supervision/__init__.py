"""This will run Second Look's processes together: start, watch, restart, end. Knows no Django."""

from config.supervision.supervisor import Service, Supervisor

__all__ = ["Service", "Supervisor"]
