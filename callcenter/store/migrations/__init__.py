"""The schema's history, kept by Alembic. Statements are plain SQL, one to an ``op.execute``."""
