"""Events in, facts out: what a PBX did with each call, told by a pure fold.

Two folds follow each other. The *mirror* keeps what exists at the PBX: channels, who dialled whom,
who is in which bridge. The *calls* read the mirror and judge what became of each caller. Nothing
here waits, logs, or looks at a clock: the same events give the same facts.
"""
