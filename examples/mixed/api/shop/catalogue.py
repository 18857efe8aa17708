"""The articles in a JSON file; a file that is not there is an empty catalogue."""

import json
from pathlib import Path


class Catalogue:
    def __init__(self, path):
        self._path = Path(path)

    def all(self) -> list[dict]:
        return json.loads(self._path.read_text()) if self._path.exists() else []

    def find(self, name: str) -> dict | None:
        return next((article for article in self.all() if article["name"] == name), None)
