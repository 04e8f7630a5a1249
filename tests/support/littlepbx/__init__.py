"""A small PBX that plays whole days event by event, legally: whatever it does a real one was seen to do.

Stories (one caller each) run side by side on one clock. Each is a generator that does something at the
switch and yields the seconds until it goes on; the switch writes down what Asterisk would say. What is
random comes from a seed, so that a day told wrongly can be played again, and with fewer calls.
"""
