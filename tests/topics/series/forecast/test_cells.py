"""Files of series: the four forms, and what is said of others."""

from datetime import datetime, timedelta

import pytest

from skywright.adapters.columns import read_sheet
from skywright.model.errors import BadInput
from skywright.topics.series.forecast.cells import series_of


def read(tmp_path, text):
    path = tmp_path / "s.csv"
    path.write_text(text)
    sheet = read_sheet(path)
    return series_of("s.csv", sheet.names, sheet.rows, sheet.lines)


def held(found):
    return {one.name: one.values for one in found.series}


FORMS = [
    ("a column of numbers", "1\n2\n3\n", {"series": (1.0, 2.0, 3.0)}),
    ("a row a series", "V1,V2,V3,V4\nH1,1,2,3\nH2,4,5,\n", {"H1": (1.0, 2.0, 3.0), "H2": (4.0, 5.0)}),
    ("a row a series, no header", "H1,1,2\nH2,4,5\n", {"H1": (1.0, 2.0), "H2": (4.0, 5.0)}),
    ("times and values", "timestamp,value\n2026-01-01,1\n2026-01-02,2\n", {"value": (1.0, 2.0)}),
    ("any order", "timestamp,value\n2026-01-02,2\n2026-01-01,1\n2026-01-03,3\n", {"value": (1.0, 2.0, 3.0)}),
    ("one below the other", "series,ds,y\na,2026-01-01,1\nb,2026-01-01,5\na,2026-01-02,2\nb,2026-01-02,6\n",
     {"a": (1.0, 2.0), "b": (5.0, 6.0)}),
    ("a column a series", "date,a,b\n2026-01-01,1,5\n2026-01-02,2,6\n", {"a": (1.0, 2.0), "b": (5.0, 6.0)}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
def test_forms(tmp_path, text, expected):
    assert held(read(tmp_path, text)) == expected


def test_times_and_steps_are_read_and_seasons_guessed(tmp_path):
    lines = [f"{datetime(2026, 1, 1) + timedelta(hours=hour)},{hour}" for hour in range(5)]
    found = read(tmp_path, "timestamp,value\n" + "\n".join(lines) + "\n")
    (one,) = found.series
    assert (one.start, one.step) == (datetime(2026, 1, 1), timedelta(hours=1))
    assert found.when(one, 5) == datetime(2026, 1, 1, 5)
    assert found.seasons() == (24, 168)


def test_zones_become_utc(tmp_path):
    found = read(tmp_path, "timestamp,value\n2026-01-01T02:00+02:00,1\n2026-01-01T01:00Z,2\n")
    assert found.series[0].start == datetime(2026, 1, 1)


def test_months_are_steps_of_their_own_length(tmp_path):
    found = read(tmp_path, "month,cost\n2026-01,1\n2026-02,2\n2026-03,3\n")
    assert found.monthly
    assert found.seasons() == (12,)
    assert found.when(found.series[0], 3) == datetime(2026, 4, 1)


def test_gaps_are_filled_on_a_line_and_told(tmp_path):
    found = read(tmp_path, "timestamp,value\n2026-01-01,1\n2026-01-02,2\n2026-01-03,\n2026-01-04,4\n")
    assert held(found) == {"value": (1.0, 2.0, 3.0, 4.0)}
    assert found.remarks == ("value: 1 missing value was filled in on a straight line.",)


WRONG = [
    ("timestamp,value\n2026-01-01,1\nyesterday,2\n",
     "s.csv:3: 'yesterday' is not a time. Write 2026-11-20 08:00:00 (UTC unless it names a zone)."),
    ("timestamp,value\n2026-01-01,1\n2026-01-02,many\n", "s.csv:3: 'many' is not a number. Write 12 or 12.5."),
    ("timestamp,value\n2026-01-01,1\n2026-01-02,inf\n", "s.csv:3: inf is not a finite number. Write 12 or 12.5."),
    ("timestamp,value\n2026-01-01,1\n2026-01-02,2\n2026-01-02,3\n",
     "s.csv:4: 2026-01-02 00:00:00 stands there twice. Keep one of the values."),
    ("timestamp,value\n2026-01-01,1\n2026-01-02,2\n2026-01-03,2\n2026-01-03 07:00,3\n",
     ("s.csv:5: 2026-01-03 07:00:00 is not a whole number of steps (1 day, 0:00:00) after 2026-01-01 00:00:00. "
      "Give values at equal steps, or leave out what lies between.")),
    ("timestamp,value\n2026-01-01,1\n2026-01-02,2\n2026-03-01,3\n",
     "s.csv:4: 57 values of 'value' are missing before it. Begin after the gap."),
    ("timestamp,value\n2026-01-01,1\n", "s.csv: has one value a series; a step of time cannot be told. Give more values."),
    ("timestamp,value\n2026-01-01,\n", "s.csv: has no value. Give it a column of numbers."),
    ("series,timestamp,a,b\nx,2026-01-01,1,2\n",
     "s.csv:1: has no column value in its first line. Begin the file with the line `series,timestamp,value`."),
    ("H1,1,2\nH1,3,4\n", "s.csv:2: 'H1' stands there twice. Keep one of the rows."),
    ("V1,V2\nH1,\n", "s.csv:2: 'H1' has no values. Leave the row out."),
    ("H1,1,,3\n", "s.csv:1: '' is not a number. Write 12 or 12.5."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_what_cannot_be_read_is_said_with_its_place(tmp_path, text, sentence):
    with pytest.raises(BadInput) as caught:
        read(tmp_path, text)
    assert str(caught.value) == sentence
