from pathlib import Path

import pytest

from tests.intel.build import Intel


@pytest.fixture
def intel(tmp_path: Path) -> Intel:
    return Intel(tmp_path)
