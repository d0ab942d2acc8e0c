"""The secret that a home signs links with: home/links.key, 32 random bytes, for its owner alone.

Whoever deletes it ends all links that were ever sent; the next watching makes another.
"""

import os
import secrets

from unusual.files import whole_file
from unusual.store.home import Home

BYTES = 32


def read_link_key(home: Home) -> bytes | None:
    """The secret; None where there is none, and so no link that holds."""
    try:
        key = home.link_key.read_bytes()
    except OSError:
        return None
    return key if len(key) == BYTES else None


def link_key(home: Home) -> bytes:
    """The secret, made now where there is none. Raises OutputError."""
    key = read_link_key(home)
    if key is None:
        key = secrets.token_bytes(BYTES)
        with whole_file(home.link_key) as part, os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(key)
    return key
