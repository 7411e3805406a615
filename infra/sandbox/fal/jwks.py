"""The key that signs webhooks: https://docs.fal.ai/model-apis/model-endpoints/webhooks."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


def load_or_create(path: Path) -> Ed25519PrivateKey:
    """Load the key from this file, or create it: the key survives a restart."""
    if not path.exists():
        raw = Ed25519PrivateKey.generate().private_bytes(
            Encoding.Raw, PrivateFormat.Raw, NoEncryption()
        )
        path.touch(mode=0o600)
        path.write_bytes(raw)
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def document(key: Ed25519PrivateKey) -> dict[str, list[dict[str, str]]]:
    """Return the JWKS. `x` keeps its padding, as in fal's."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]}
