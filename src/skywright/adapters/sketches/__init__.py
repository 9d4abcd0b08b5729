"""Files that say what is to be made (Terraform plans, Kubernetes manifests) -> resources that can be priced."""

from skywright.adapters.sketches.read import Where, read_sketch

__all__ = ["Where", "read_sketch"]
