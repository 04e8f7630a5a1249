"""What each PBX said, kept for a while: the evidence that verdicts rest on.

Facts say what a call was taken to be; these files say why. A verdict can be explained from them, and
calls can be judged again after a rule has changed.
"""

from callcenter.evidence.recorder import HOLE, Recorder
from callcenter.evidence.shelf import Shelf
from callcenter.evidence.sift import is_needed

__all__ = ["HOLE", "Recorder", "Shelf", "is_needed"]
