"""Facts to history: a local outbox first, then PostgreSQL, and the questions asked of it.

``spool`` keeps every fact on this machine's disk within milliseconds; ``writer`` carries them to
PostgreSQL, where a fact may arrive late, twice or out of order and the tables end the same. The
readers (``calls``, ``kpis``, ``tokens``, ``audit``) run named statements out of ``queries/``.
``migrations`` and ``partitions`` are the owner's work and need the owner's connection; the service
reads and writes as a role that owns nothing. ``embedded`` runs a PostgreSQL of our own where the
operator has none.
"""
