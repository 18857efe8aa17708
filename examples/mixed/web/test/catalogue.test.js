import assert from "node:assert/strict";
import { test } from "node:test";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { Catalogue, price } from "../src/catalogue.js";

test("an empty catalogue says so", () => {
  assert.equal(render(h(Catalogue, { articles: [] })), "<p>Nothing in stock.</p>");
});

test("every article has its price", () => {
  const articles = [{ name: "Tea", cents: 450 }, { name: "Cup", cents: 1205 }];
  assert.equal(render(h(Catalogue, { articles })), "<ul><li>Tea: 4.50</li><li>Cup: 12.05</li></ul>");
});

test("cents have two digits", () => {
  assert.deepEqual([0, 5, 100].map(price), ["0.00", "0.05", "1.00"]);
});
