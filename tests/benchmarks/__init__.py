"""How fast, and beside what: every figure comes with a yardstick measured in the same run.

``make bench`` runs them all and prints a table. Nothing here asserts; a busy machine is no failure.
"""
