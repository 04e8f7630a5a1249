"""A second reading of AMI recordings: slow, obvious, and written from the contract alone.

It looks at the whole recording at once: every event is put in order of its Timestamp, tables are made of it
(channels, dials, stays in bridges), and each caller's channel is judged by searching them. It keeps no state
from one event to the next and shares no code with what it checks; the two must tell the same calls.
"""
