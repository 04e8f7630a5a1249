"""The key that signs links to wallboards: the operator's, or one of our own that survives restarts."""

import os
import secrets
from contextlib import suppress

from callcenter.app.faults import CannotStart
from callcenter.config import Config


def web_key(config: Config) -> str:
    """The configured key, else the one in ``data_dir``, made if there is none. Raises CannotStart."""
    if config.web.key is not None:
        return config.web.key.get_secret_value()
    path = config.data_dir / "web.key"
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with suppress(FileExistsError), os.fdopen(os.open(path, flags, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise CannotStart(f"{path} can't be used ({error.strerror}): make data_dir writable") from None
