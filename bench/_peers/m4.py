"""M4's hourly series forecast by statsforecast's MSTL with AutoETS (season lengths 24 and 168), one process.

Run by the peers' own interpreter: `python m4.py TRAIN.csv OUT.csv`. Writes a row of 48 points a series.
"""

import csv
import sys
from pathlib import Path

HORIZON, SEASONS = 48, [24, 168]


def main(train: Path, out: Path) -> None:
    import numpy as np
    from statsforecast.models import MSTL, AutoETS

    with train.open(encoding="utf-8") as file:
        rows = [np.array([float(cell) for cell in row[1:] if cell]) for row in list(csv.reader(file))[1:]]
    with out.open("w", encoding="utf-8", newline="") as file:
        for row in rows:
            model = MSTL(season_length=SEASONS, trend_forecaster=AutoETS(model="ZZN"))
            csv.writer(file).writerow(model.forecast(row, HORIZON)["mean"].tolist())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
