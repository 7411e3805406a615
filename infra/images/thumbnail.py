"""Thumbnail of a stored image, also as a child process for webhook_app, which has no decoder.

An image that cannot be decoded has an empty thumbnail.
"""

import os
import sys
from pathlib import Path

from infra.errors import BrokenResult
from infra.images.inspect import examine, examine_image
from infra.images.reader import MAX_PIXELS
from infra.process.child import limit_memory

#: Bytes that a child may allocate; webhook_app may have 256 MiB on Kubernetes.
CHILD_LIMIT = 128 * 1024 * 1024


async def draw_thumbnail(path: Path) -> bytes:
    try:
        return (await examine(path))[1]
    except BrokenResult:
        return b""


def main() -> None:
    """Main function of the child: read a path, and write its thumbnail."""
    limit_memory(CHILD_LIMIT)
    # Requests go first.
    os.nice(10)
    path = Path(sys.stdin.buffer.read().decode())
    try:
        thumbnail = examine_image(path, MAX_PIXELS)[1]
    except BrokenResult:
        thumbnail = b""
    sys.stdout.buffer.write(thumbnail)


if __name__ == "__main__":
    main()
