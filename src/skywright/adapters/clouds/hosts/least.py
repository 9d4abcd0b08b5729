"""The least privileges as text to copy: a user for reading, and what it may do as root."""

from collections.abc import Iterator, Sequence

from skywright.model.words import t

READER = """# on every host, once, by an administrator
useradd --system --create-home --shell /bin/sh skywright
install -d -m 700 -o skywright /home/skywright/.ssh
echo 'restrict ssh-ed25519 AAAA...the public key of Skywright' > /home/skywright/.ssh/authorized_keys
chown skywright /home/skywright/.ssh/authorized_keys"""
WRITER = """# /etc/sudoers.d/skywright (with `sudo: true` for the site). The script comes on standard input, so this is root.
skywright ALL=(root) NOPASSWD: /bin/sh -s, /usr/bin/sh -s"""


def least_privilege(_reading: Sequence[str], _writing: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Title, language and text of each. Reading needs no root; without it the firewall and what runs behind a port stay unknown."""
    yield t("For gathering"), "sh", READER
    yield t("For executing plans, besides"), "sudoers", WRITER
