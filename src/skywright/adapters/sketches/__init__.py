"""Files that say what is to be made (Terraform plans, Kubernetes manifests) -> resources that can be priced."""

from skywright.adapters.sketches.read import read_sketch
from skywright.adapters.sketches.where import Where

__all__ = ["Where", "read_sketch"]
