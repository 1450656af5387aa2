"""Pictures from bytes that nobody vouches for."""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vigie.features.media.refusal import Reason, Refused

Pixels = NDArray[np.uint8]

# Decoders of Pillow that may run: each further one is a door. SVG is a program, not a picture.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")
MOST_BYTES = 50_000_000
# A process needs up to 560 MB for so many.
MOST_PIXELS = 40_000_000
# The reference implementation of PDQ shrinks what is larger before it hashes.
SIDE = 512


def pixels(content: bytes) -> Pixels:
    """Return the first frame of a picture, upright, on white where it is transparent.

    Args:
        content: The file: JPEG, PNG, WebP, GIF or BMP.

    Returns:
        Red, green and blue, rows × columns × 3; neither side is longer than :data:`SIDE`.

    Raises:
        Refused: It has more than :data:`MOST_PIXELS` pixels, is cut off, or is no picture in one of these formats.
    """
    with warnings.catch_warnings():
        # Pillow complains of odd metadata, which is not looked at.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Refused(Reason.TOO_MANY_PIXELS)
                return _shrunk(image)
        except Refused:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Refused(Reason.TOO_MANY_PIXELS) from error
        except Exception as error:
            # Decoders raise whatever the bytes lead them to.
            raise Refused(Reason.UNREADABLE) from error


def _shrunk(image: Image.Image) -> Pixels:
    """Decode a picture; a JPEG at the smallest scale that is large enough."""
    size = (min(image.width, SIDE), min(image.height, SIDE))
    image.draft("RGB", size)
    small = _upright(image.convert("RGBA").resize(size, Image.Resampling.BOX))
    on_white = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small)
    return np.asarray(on_white.convert("RGB"))


def _upright(image: Image.Image) -> Image.Image:
    """Return a picture as its camera held it; of a broken EXIF block only that is lost."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - any bytes may stand there
        return image
