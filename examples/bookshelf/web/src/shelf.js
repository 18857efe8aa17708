// The shelf as a pure view: books in, markup out.
import { h } from "preact";
import htm from "htm";

const html = htm.bind(h);

export function byAuthor(books) {
  const groups = new Map();
  for (const book of books) {
    groups.set(book.author, [...(groups.get(book.author) ?? []), book]);
  }
  return groups;
}

export function Shelf({ books, onRemove }) {
  if (books.length === 0) return html`<p>No books yet.</p>`;
  return html`${[...byAuthor(books)].map(
    ([author, theirs]) => html`
      <section key=${author}>
        <h2>${author}</h2>
        <ul>
          ${theirs.map(
            (book) => html`<li key=${book.id}>${book.title} <button onClick=${() => onRemove(book)}>remove</button></li>`,
          )}
        </ul>
      </section>
    `,
  )}`;
}
