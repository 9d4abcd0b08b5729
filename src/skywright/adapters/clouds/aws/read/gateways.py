"""Ways out of a network: internet, NAT, egress-only, VPN and transit gateways."""

from typing import Any

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Gateway

KIND, VPC, SUBNET = "network.gateway", "network.vpc", "network.subnet"


def attached_gateway(raw: dict[str, Any], place: Place, type_: str, id_field: str) -> Gateway:
    """An internet or egress-only gateway: it is attached to a network or of no use."""
    attached = [tr.text(link, "VpcId") for link in tr.items(raw, "Attachments") if tr.text(link, "State") != "detached"]
    tags = tr.tags(raw.get("Tags"))
    return Gateway(
        **place.common(KIND, raw[id_field]),
        name=tags.get("Name") if tags else None,
        state="attached" if attached else "detached",
        tags=tags,
        native=tr.native(raw),
        type=type_,
        vpc=place.ref(VPC, attached[0] if attached else ""),
        attached=bool(attached),
    )


def nat_gateway(raw: dict[str, Any], place: Place) -> Gateway:
    """One of DescribeNatGateways' gateways."""
    addresses = [tr.text(address, "PublicIp") for address in tr.items(raw, "NatGatewayAddresses")]
    tags = tr.tags(raw.get("Tags"))
    return Gateway(
        **place.common(KIND, raw["NatGatewayId"]),
        name=tags.get("Name") if tags else None,
        state=tr.text(raw, "State"),
        tags=tags,
        created_at=tr.moment(raw, "CreateTime"),
        native=tr.native(raw),
        type="nat",
        vpc=place.ref(VPC, tr.text(raw, "VpcId")),
        subnet=place.ref(SUBNET, tr.text(raw, "SubnetId")),
        attached=True,
        public_ip=next((address for address in addresses if address), ""),
    )


def vpn_gateway(raw: dict[str, Any], place: Place) -> Gateway:
    """One of DescribeVpnGateways' gateways."""
    attached = [tr.text(link, "VpcId") for link in tr.items(raw, "VpcAttachments") if tr.text(link, "State") == "attached"]
    tags = tr.tags(raw.get("Tags"))
    return Gateway(
        **place.common(KIND, raw["VpnGatewayId"]),
        name=tags.get("Name") if tags else None,
        state=tr.text(raw, "State"),
        tags=tags,
        native=tr.native(raw),
        type="vpn",
        vpc=place.ref(VPC, attached[0] if attached else ""),
        attached=bool(attached),
    )


def transit_gateway(raw: dict[str, Any], place: Place) -> Gateway:
    """One of DescribeTransitGateways' gateways."""
    tags = tr.tags(raw.get("Tags"))
    return Gateway(
        **place.common(KIND, raw["TransitGatewayId"]),
        name=(tags.get("Name") if tags else None) or tr.text(raw, "Description"),
        state=tr.text(raw, "State"),
        tags=tags,
        created_at=tr.moment(raw, "CreationTime"),
        native=tr.native(raw),
        type="transit",
    )


def links(row: Gateway) -> Links:
    """A NAT gateway lives in a subnet; the others hang on a network."""
    yield Verb.IN, row.subnet
    if not row.subnet:
        yield Verb.ATTACHED_TO, row.vpc


def _read(reading: Reading) -> None:
    """Four lists; one that is refused makes the kind incomplete and keeps the others."""
    place = reading.place
    with reading.part(KIND):
        listed = reading.pages("describe_internet_gateways", "InternetGateways")
        reading.take(KIND, listed, lambda raw: attached_gateway(raw, place, "internet", "InternetGatewayId"), links)
    with reading.part(KIND):
        listed = reading.pages("describe_nat_gateways", "NatGateways")
        reading.take(KIND, _living(listed), lambda raw: nat_gateway(raw, place), links)
    with reading.part(KIND):
        listed = reading.pages("describe_egress_only_internet_gateways", "EgressOnlyInternetGateways")
        reading.take(KIND, listed, lambda raw: attached_gateway(raw, place, "egress-only", "EgressOnlyInternetGatewayId"), links)
    with reading.part(KIND):
        listed = reading.pages("describe_vpn_gateways", "VpnGateways")
        reading.take(KIND, _living(listed), lambda raw: vpn_gateway(raw, place), links)
    with reading.part(KIND):
        listed = reading.pages("describe_transit_gateways", "TransitGateways")
        reading.take(KIND, _living(listed), lambda raw: transit_gateway(raw, place), links)


def _living(listed: Any) -> Any:
    """AWS goes on listing a deleted gateway for about an hour."""
    return (raw for raw in listed if tr.text(raw, "State") != "deleted")


READERS = (
    Reader(
        name="gateways",
        service="ec2",
        kinds=(KIND,),
        read=_read,
        permissions=(
            "ec2:DescribeInternetGateways",
            "ec2:DescribeNatGateways",
            "ec2:DescribeEgressOnlyInternetGateways",
            "ec2:DescribeVpnGateways",
            "ec2:DescribeTransitGateways",
        ),
    ),
)
