"""A soft chord as the sound of a video."""

import math
from array import array
from random import Random

RATE = 44100
_CHORDS = ((220, 277, 330, 440), (196, 247, 294, 392), (174, 220, 262, 349), (165, 196, 247, 330))
_FADE = 0.4
_LOUDNESS = 0.16


def chord(seed: int, seconds: int) -> array[int]:
    """Return interleaved 16-bit stereo samples of exactly this many seconds.

    All frequencies are whole numbers, so that one second loops without a click; each note has a
    neighbour one hertz away, which adds a slow beat.
    """
    second = _second(Random(seed).choice(_CHORDS))  # noqa: S311 - not a secret
    half = len(second) // 2
    stereo = array("h", bytes(4 * len(second)))
    stereo[0::2] = second
    stereo[1::2] = second[half:] + second[:half]
    return _faded(stereo * seconds)


def _second(notes: tuple[int, ...]) -> array[int]:
    turn = [math.sin(math.tau * index / RATE) for index in range(RATE)]
    scale = 32767 * _LOUDNESS / len(notes)
    pairs = [(note, note + 1) for note in notes]
    return array(
        "h",
        (
            round(scale * sum(turn[a * t % RATE] + turn[b * t % RATE] for a, b in pairs))
            for t in range(RATE)
        ),
    )


def _faded(samples: array[int]) -> array[int]:
    length = 2 * round(_FADE * RATE)
    for index in range(min(length, len(samples) // 2)):
        share = index / length
        samples[index] = round(samples[index] * share)
        samples[-1 - index] = round(samples[-1 - index] * share)
    return samples
