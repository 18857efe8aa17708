// The catalogue as a pure view: articles in, markup out.
import { h } from "preact";
import htm from "htm";

const html = htm.bind(h);

export function price(cents) {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
}

export function Catalogue({ articles }) {
  if (articles.length === 0) return html`<p>Nothing in stock.</p>`;
  return html`<ul>
    ${articles.map(({ name, cents }) => html`<li key=${name}>${name}: ${price(cents)}</li>`)}
  </ul>`;
}
