import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Converter } from "../src/Converter";

test("one metre is shown in all units", () => {
  const page = renderToStaticMarkup(<Converter quantity="length" />);
  expect(page).toContain("<li>1 metre</li>");
  expect(page).toContain("<li>39.3701 inch</li>");
});
