"""Keys derived from a secret: HKDF, https://www.rfc-editor.org/rfc/rfc5869."""


def derive_key(secret: str, purpose: str) -> bytes:
    """Return 32 bytes; keys of different purposes tell nothing about each other or the secret."""
    # Imported on first use: it has 7 MB, and most processes sign nothing.
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())
