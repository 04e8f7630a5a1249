"""The supervisor's work on rosters: a file brought in, checked, written out. Commands and API share it."""

from callcenter.app.rosters.office import RosterOffice

__all__ = ["RosterOffice"]
