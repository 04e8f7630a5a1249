"""The story of one call: what happened, why it was judged as it was, and the events that show it."""

from callcenter.tracking.timeline.scribe import Scribe, story_of
from callcenter.tracking.timeline.story import Entry, Evidence, Gap, Story, What
from callcenter.tracking.timeline.telling import story_to_json
from callcenter.tracking.timeline.verdict import verdict
from callcenter.tracking.timeline.wording import sentence

__all__ = [
    "Entry", "Evidence", "Gap", "Scribe", "Story", "What", "sentence", "story_of", "story_to_json", "verdict",
]  # fmt: skip
