"""Addresses, and what listens on them."""

import ipaddress
import re
from typing import Any

import msgspec

from skywright.model.kinds.cluster import Port

ANY = ("*", "0.0.0.0", "::", "[::]", "")  # noqa: S104 - how tools write "every address"
LISTEN = "0A"
"""The state of a listening TCP socket in /proc/net/tcp (Linux, include/net/tcp_states.h: TCP_LISTEN)."""
UNCONNECTED = "07"


def addresses(text: str) -> list[str]:
    """``ip -j addr``, ``ip addr`` or ``ifconfig -a`` -> ``address/prefix``, without loopback and link-local. Raises ValueError."""
    found = _json(text) if text.lstrip().startswith("[") else _plain(text)
    kept = {one.with_prefixlen for one in found if not (one.ip.is_loopback or one.ip.is_link_local)}
    return sorted(kept)


def _json(text: str) -> list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
    try:
        links: Any = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(f"ip wrote no JSON: {error}") from error
    if not all(isinstance(link, dict) for link in links):
        raise ValueError("ip wrote no list of links")
    every = [address for link in links for address in link.get("addr_info") or () if isinstance(address, dict)]
    return [ipaddress.ip_interface(f"{one['local']}/{one['prefixlen']}") for one in every if "local" in one and "prefixlen" in one]


def _plain(text: str) -> list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
    if not re.search(r"\binet6?\b", text):
        raise ValueError("neither ip nor ifconfig wrote an address")
    found = [ipaddress.ip_interface(one) for one in re.findall(r"\binet6? (?:addr:)? ?([0-9a-fA-F:.]+/\d+)", text)]
    for address, mask in re.findall(r"\binet (?:addr:)?([\d.]+) .*?(?:netmask |Mask:)(0x[0-9a-f]{8}|[\d.]+)", text):
        dotted = str(ipaddress.IPv4Address(int(mask, 16))) if mask.startswith("0x") else mask
        found.append(ipaddress.ip_interface(f"{address}/{dotted}"))
    for address, prefix in re.findall(r"\binet6 ([0-9a-fA-F:]+)(?:%\w+)?  ?prefixlen (\d+)", text):
        found.append(ipaddress.ip_interface(f"{address}/{prefix}"))
    return found


def split_public(listed: list[str]) -> tuple[str, str]:
    """The first private and the first public address; "" for none. IPv4 goes first."""
    every = sorted((ipaddress.ip_interface(one).ip for one in listed), key=lambda ip: (ip.version, int(ip)))
    private = next((str(ip) for ip in every if not ip.is_global), "")
    return private, next((str(ip) for ip in every if ip.is_global), "")


def listeners(text: str) -> list[Port]:
    """What ss, netstat or /proc/net tells (the first line says which) -> ports, each once. Raises ValueError."""
    tool, _, body = text.partition("\n")
    match tool.strip():
        case "ss":
            found = [_ss(line) for line in body.splitlines() if line.strip()]
        case "netstat":
            found = [port for line in body.splitlines() if (port := _netstat(line))]
        case "proc":
            found = list(_proc(body))
        case other:
            raise ValueError(f"listeners by {other[:20]!r}")
    return sorted(set(found), key=lambda one: (one.port or 0, one.protocol or "", one.address or "", one.process or ""))


def _ss(line: str) -> Port:
    """``tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))`` (ss(8))."""
    words = line.split()
    if len(words) < 6:
        raise ValueError(f"ss wrote {line[:60]!r}")
    process = re.search(r'users:\(\("([^"]+)"', line)
    return _port(words[0], words[4], process[1] if process else "")


def _netstat(line: str) -> Port | None:
    """``tcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN 1/sshd`` (netstat(8)); headings are nothing."""
    words = line.split()
    if not words or not re.fullmatch(r"(tcp|udp)6?", words[0]) or len(words) < 5:
        return None
    if words[0].startswith("tcp") and "LISTEN" not in words:
        return None
    process = re.search(r"\s\d+/([^\s:]+)", line)
    return _port(words[0], words[3], process[1] if process else "")


def _port(protocol: str, local: str, process: str) -> Port:
    address, _, port = local.rpartition(":")
    bare = address.strip("[]").partition("%")[0]
    if not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"no port in {local[:60]!r}")
    return Port(
        protocol=protocol.rstrip("6"),
        port=int(port),
        address="" if address in ANY or bare in ANY else _address(bare),
        process=process,
    )


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _proc(body: str) -> list[Port]:
    """/proc/net/tcp and its like: hexadecimal, in the host's byte order (proc(5)); little-endian is taken for granted."""
    found: list[Port] = []
    protocol = ""
    for line in body.splitlines():
        if line.startswith("# "):
            protocol = line[2:].strip()
            continue
        match = re.match(r"\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{2}) ", line)
        if match is None or not protocol:
            if line.strip() and not line.lstrip().startswith("sl"):
                raise ValueError(f"/proc/net has {line[:60]!r}")
            continue
        wanted = LISTEN if protocol.startswith("tcp") else UNCONNECTED
        if match[4] == wanted:
            found.append(_port(protocol, f"{_unhexed(match[1])}:{int(match[2], 16)}", ""))
    return found


def _unhexed(text: str) -> str:
    words = [int(text[start : start + 8], 16).to_bytes(4, "little") for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
