"""Pictures with text, made when a test runs: the font comes with Pillow."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def written(lines, size=(512, 256), height=18, ink=255, paper=40, noise=10, at=(12, 10), gap=8):
    """A grey picture with ``lines`` of text of ``height`` pixels on noise."""
    rng = np.random.default_rng(7)
    ground = rng.normal(paper, noise, (size[1], size[0])).clip(0, 255).astype("uint8")
    picture = Image.fromarray(ground)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=height)
    x, y = at
    for line in lines:
        draw.text((x, y), line, fill=ink, font=font)
        y += height + gap
    return np.asarray(picture)


def texts(lines):
    return [n.text for n in lines]


def bare(text):
    return "".join(c for c in text.casefold() if c.isalnum())
