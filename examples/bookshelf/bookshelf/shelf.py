"""The books in a SQLite file. Each call opens the file anew, so any number of workers may share it."""

import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS book (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    author TEXT NOT NULL
)
"""


class Shelf:
    def __init__(self, path: Path):
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as db, db:
            db.execute(SCHEMA)

    def books(self, author: str | None = None) -> list[dict]:
        query, values = "SELECT id, title, author FROM book", ()
        if author is not None:
            query, values = query + " WHERE author = ?", (author,)
        with closing(self._open()) as db:
            return [dict(row) for row in db.execute(query + " ORDER BY author, title", values)]

    def add(self, title: str, author: str) -> dict:
        with closing(self._open()) as db, db:
            row = db.execute("INSERT INTO book (title, author) VALUES (?, ?)", (title, author))
            return {"id": row.lastrowid, "title": title, "author": author}

    def remove(self, book_id: int) -> bool:
        with closing(self._open()) as db, db:
            return db.execute("DELETE FROM book WHERE id = ?", (book_id,)).rowcount == 1

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path)
        db.row_factory = sqlite3.Row
        return db
