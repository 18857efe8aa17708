"""A picture, and what can be made of it."""

from io import BytesIO

import numpy
from PIL import Image, UnidentifiedImageError


class NoPicture(ValueError):
    """What was sent cannot be read as a picture."""


class Picture:
    def __init__(self, data: bytes):
        try:
            self._image = Image.open(BytesIO(data)).convert("RGB")
        except (UnidentifiedImageError, OSError) as error:
            raise NoPicture from error

    def thumbnail(self, side: int) -> bytes:
        """The picture as PNG, scaled down so that no side is longer than `side`."""
        small = self._image.copy()
        small.thumbnail((side, side))
        png = BytesIO()
        small.save(png, "PNG")
        return png.getvalue()

    def mean_colour(self) -> str:
        """The average of all pixels, as in CSS: `#ff8000`."""
        pixels = numpy.asarray(self._image)
        return "#" + "".join(f"{round(channel):02x}" for channel in pixels.mean(axis=(0, 1)))
