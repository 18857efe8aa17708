import { expect, test } from "vitest";
import { inAllUnits, written } from "../src/units";

test("a mile is 5280 feet", () => {
  const feet = inAllUnits("length", { unit: "mile", value: 1 }).find(({ unit }) => unit === "foot");
  expect(feet?.value).toBeCloseTo(5280);
});

test("a pound is 16 ounces", () => {
  const ounces = inAllUnits("mass", { unit: "pound", value: 1 }).find(({ unit }) => unit === "ounce");
  expect(ounces?.value).toBeCloseTo(16);
});

test("a unit of another quantity is refused", () => {
  expect(() => inAllUnits("mass", { unit: "mile", value: 1 })).toThrow("mile is no unit of mass");
});

test("numbers are written for people", () => {
  expect([1609.344, 0.1 + 0.2, 1234567].map(written)).toEqual(["1,609.34", "0.3", "1,234,570"]);
});
