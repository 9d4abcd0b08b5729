"""The user of this process -> whom the audit log names."""

import os


def who() -> str:
    """Whom the audit log names: $SKYWRIGHT_USER, or the user of the system."""
    import getpass

    try:
        return os.environ.get("SKYWRIGHT_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in some containers
        return f"uid {os.getuid()}"
