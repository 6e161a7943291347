"""Properties here have no deadline: how fast a machine is proves nothing about the claim."""

from hypothesis import settings

settings.register_profile("detection", deadline=None, max_examples=60)
settings.load_profile("detection")
