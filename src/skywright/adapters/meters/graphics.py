"""How busy graphics processors are: NVIDIA's DCGM exporter in Prometheus's words.

Metrics (dcgm-exporter, etc/default-counters.csv): DCGM_FI_DEV_GPU_UTIL, percent; of a slice (MIG) there is none, but
DCGM_FI_PROF_GR_ENGINE_ACTIVE, a share; DCGM_FI_DEV_FB_USED and DCGM_FI_DEV_FB_FREE, MiB. The exporter's labels say who has the
processor: namespace, pod, container; a Prometheus that keeps its own labels of these names has them as exported_namespace, ...
"""

PRESENT = "count(DCGM_FI_DEV_GPU_UTIL{{{of}}} or DCGM_FI_PROF_GR_ENGINE_ACTIVE{{{of}}})"
_OWNERS = ("namespace", "pod", "container")


def busy(of: str, window: str) -> str:
    """Percent of the time in which something ran on it: at most, in each ``window`` ("300s")."""
    whole = f"max_over_time(DCGM_FI_DEV_GPU_UTIL{{{of}}}[{window}])"
    slice_ = f"max_over_time(DCGM_FI_PROF_GR_ENGINE_ACTIVE{{{of}}}[{window}]) * 100"
    return _owned(f"{whole} or {slice_}")


def filled(of: str, window: str) -> str:
    """Percent of its memory that is taken, at most."""
    used = f"max_over_time(DCGM_FI_DEV_FB_USED{{{of}}}[{window}])"
    return _owned(f"100 * {used} / ({used} + min_over_time(DCGM_FI_DEV_FB_FREE{{{of}}}[{window}]))")


def busy_on_average(of: str, window: str) -> str:
    """Percent, on average over ``window``."""
    whole = f"avg_over_time(DCGM_FI_DEV_GPU_UTIL{{{of}}}[{window}])"
    return _owned(f"{whole} or avg_over_time(DCGM_FI_PROF_GR_ENGINE_ACTIVE{{{of}}}[{window}]) * 100")


def _owned(query: str) -> str:
    """With the labels of who has the processor, whatever Prometheus called them."""
    for label in _OWNERS:
        query = f'label_replace({query}, "{label}", "$1", "exported_{label}", "(.+)")'
    return query
