"""Files of records as `load` takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of these lines."""

    def write(*lines: str, name: str = "records.csv", end: str = "\n") -> Path:
        path = tmp_path / name
        path.write_text("".join(line + end for line in lines), encoding="utf-8", newline="")
        return path

    return write


HEADER = (
    "settlement_date,settlement_period,farm_id,lead_party_name,volume,payment,"
    "original_price,final_price,so_flag,cadl_flag"
)


GOOD = "2024-03-30,1,T_CLDCW-1,Clyde Windfarm,-11.5,805,-70,-70,false,true"


LATER = "2024-03-31,46,T_CLDCW-1,Clyde Windfarm,-2.25,160,-71.1,-71.1,false,false"
