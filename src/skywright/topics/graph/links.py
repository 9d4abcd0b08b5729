"""Relations that no single cloud can know: between what runs in one and what it runs on in another."""

from skywright.ports.engine import Derived

_SELECT = """
    SELECT n.id AS source, 'runs-on' AS verb, i.id AS target
    FROM container_node n JOIN compute_instance i
      ON n.provider_id <> '' AND i.native_id <> ''
     AND (ends_with(n.provider_id, '/' || i.native_id)
          OR lower(n.provider_id) LIKE '%/resourcegroups/' || split_part(i.native_id, '/', 1)
             || '/providers/microsoft.compute/virtualmachines/' || split_part(i.native_id, '/', 2))
    UNION
    SELECT n.id, 'runs-on', h.id FROM container_node n JOIN compute_host h
      ON n.private_ip <> '' AND n.cloud <> h.cloud AND (h.private_ip = n.private_ip OR list_contains(h.addresses, n.private_ip))
    UNION
    SELECT s.id, 'uses', b.id
    FROM container_endpoint s JOIN network_balancer b ON s.cloud <> b.cloud
     AND (list_contains(s.external, b.dns_name) OR len(list_intersect(s.external, b.public_ips)) > 0)
"""

ACROSS_CLOUDS = Derived(_SELECT, ("container_node", "compute_instance", "compute_host", "container_endpoint", "network_balancer"))
"""Rows of ``relation``. A node and its instance meet by the provider's own id (spec.providerID), a service and its balancer by name
or address."""
