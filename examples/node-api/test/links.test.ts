import assert from "node:assert/strict";
import { test } from "node:test";
import { Links } from "../src/links.js";

test("a link is found by its code", () => {
  const links = new Links();
  const link = links.add("https://example.com");
  assert.deepEqual(links.find(link.code), { code: link.code, url: "https://example.com", visits: 0 });
});

test("visits are counted", () => {
  const links = new Links();
  const { code } = links.add("https://example.com");
  links.visit(code);
  assert.equal(links.visit(code), "https://example.com");
  assert.equal(links.find(code)?.visits, 2);
});

test("no code is given twice", () => {
  const codes = ["a", "a", "b"].values();
  const links = new Links(() => codes.next().value!);
  assert.deepEqual(["https://example.com/1", "https://example.com/2"].map((url) => links.add(url).code), ["a", "b"]);
});
