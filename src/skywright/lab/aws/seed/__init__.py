"""A believable company: three accounts, four regions, applications with owners, and faults that are written on an answer sheet."""

from datetime import UTC, datetime

from skywright.lab.aws.seed.town import Size, Town

ESTATES = {
    "small": Size({"production": (1,), "staging": (1,)}),
    "default": Size({"production": (1, 1, 1), "staging": (1,), "sandbox": (0, 0, 0, 1)}),
    "large": Size({"production": (18, 11, 7, 5)}),
}
"""How many applications there are in each region of each account. About 330, 730 and 2,400 resources."""


def build(estate: str, seed: int) -> Town:
    """An estate's name and a seed -> the town, standing in moto's backends of this process."""
    from skywright.lab.aws.seed.company import settle
    from skywright.lab.aws.seed.town import inside_moto

    town = Town(ESTATES[estate], seed, datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    with inside_moto(seed):
        settle(town)
    town.forget_clients()
    return town


__all__ = ["ESTATES", "Town", "build"]
