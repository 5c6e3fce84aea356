"""Sound as a telephone line carries it: 8 kHz, 16 bit, mono."""

import io
import wave

RATE = 8000


def wav(samples: bytes) -> bytes:
    """A WAV file around raw samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples)
    return file.getvalue()
