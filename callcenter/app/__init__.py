"""The composition root: the only place that knows every part and how they are put together."""
