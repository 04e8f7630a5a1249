"""What keeps the service from starting."""


class CannotStart(Exception):
    """The service can't run. The text is one sentence for an operator: what is wrong and what to do."""
