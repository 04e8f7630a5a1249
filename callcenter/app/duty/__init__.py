"""Duty as the running service knows it: kept up to date, told to calls, boards and metrics, and judged."""

from callcenter.app.duty.office import DutyOffice

__all__ = ["DutyOffice"]
