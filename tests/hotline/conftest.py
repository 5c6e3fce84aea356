"""The commune in a box, for tests that stay below the stories."""

from tests.stories.conftest import clock, commune

__all__ = ["clock", "commune"]
