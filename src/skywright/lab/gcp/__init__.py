"""A Google Cloud on loopback: a generic, stateful server made from Google's own discovery documents, with a seeded estate in it.

It is our reading of the API, not Google's: methods, parameters and schemas are those of the documents that ship with
google-api-python-client; what these do not say (states, fingerprints, refusals, operations) follows Google's reference pages.

Every service lies below its own name, and there as documented: ``http://127.0.0.1:PORT/compute/compute/v1/projects/...``,
``http://127.0.0.1:PORT/sqladmin/v1/projects/...``. (At one address without that name many of them would be the same.)

``discovery`` reads the documents, ``routes`` finds the method of a request, ``check`` refuses what is against its schema,
``store`` holds the state, ``generic`` knows get, list, insert, patch and delete, ``verbs`` the rest, ``operations`` lets time
pass, ``rules`` refuses what the real service would, ``assets``, ``metrics``, ``people`` and ``billing`` answer from the state.
"""

from skywright.lab.gcp.standin import GcpStandin, start

__all__ = ["GcpStandin", "start"]
