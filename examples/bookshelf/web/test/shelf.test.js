import assert from "node:assert/strict";
import { test } from "node:test";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { byAuthor, Shelf } from "../src/shelf.js";

const books = [
  { id: 1, title: "Adam Bede", author: "George Eliot" },
  { id: 2, title: "Silas Marner", author: "George Eliot" },
  { id: 3, title: "Emma", author: "Jane Austen" },
];

test("an empty shelf says so", () => {
  assert.equal(render(h(Shelf, { books: [] })), "<p>No books yet.</p>");
});

test("books of one author stand together", () => {
  assert.deepEqual([...byAuthor(books).keys()], ["George Eliot", "Jane Austen"]);
  assert.equal(byAuthor(books).get("George Eliot").length, 2);
});

test("every book and author is shown once", () => {
  const page = render(h(Shelf, { books, onRemove() {} }));
  for (const text of ["George Eliot", "Jane Austen", "Adam Bede", "Silas Marner", "Emma"]) {
    assert.equal(page.split(text).length, 2, text);
  }
});
