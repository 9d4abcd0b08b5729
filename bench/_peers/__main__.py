"""Make the peers' environment."""

from bench._peers import install

install()
