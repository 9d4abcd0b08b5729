"""What every stand-in for a cloud is built from: a server on loopback, faults on demand, and how one connects to it."""

from skywright.lab.kit.server import Answer, Fault, Request, Server
from skywright.lab.kit.standin import Standin

__all__ = ["Answer", "Fault", "Request", "Server", "Standin"]
