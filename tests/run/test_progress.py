"""A training's rows, for people and for log.csv."""

import csv

from unusual.run.progress import EpochRow, as_table

ROWS = [EpochRow(n, 10 * n, 1.5 * n, 1e-3, 0.25 / n, (("PSNR", 30.0 + n), ("PSNR (copied)", 29.0))) for n in (1, 2)]


def test_a_row_is_one_line():
    assert str(ROWS[0]) == "epoch 1, 1.5 s: loss 0.25; held out PSNR 31.00, copied 29.00"


def test_the_table_has_a_column_for_each_check_and_floor():
    one, other = csv.DictReader(as_table(ROWS).splitlines())
    assert (one["epoch"], one["loss"], one["PSNR"], one["PSNR (copied)"]) == ("1", "0.25", "31.0", "29.0")
    assert (other["step"], other["PSNR"]) == ("20", "32.0")
    assert "held_out" not in one


def test_before_the_first_epoch_the_table_is_empty():
    assert not as_table([]).strip()
