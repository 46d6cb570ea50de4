from pathlib import Path

import pytest
from tests.catalog.content_folder import ContentFolder


@pytest.fixture
def content(tmp_path: Path) -> ContentFolder:
    """An empty content folder to write actions into."""
    return ContentFolder(tmp_path / "actions")
