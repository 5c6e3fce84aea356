"""`hotline doctor`: one page of green and red. Each file looks at one thing and yields what it finds."""

from hotline.cli.doctor.page import doctor

__all__ = ["doctor"]
