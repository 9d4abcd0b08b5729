"""Who can reach whom: routes, firewalls, stateless filters, balancers, peerings and cluster services, with the path as proof."""
