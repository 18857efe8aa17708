// Talks to the service and renders the page.
import { h, render } from "preact";
import htm from "htm";
import { Shelf } from "./shelf.js";

const html = htm.bind(h);
const root = document.getElementById("app");

async function show() {
  const books = await (await fetch("/api/books")).json();
  render(html`<h1>Bookshelf</h1><${Shelf} books=${books} onRemove=${remove} /><${Form} />`, root);
}

function Form() {
  return html`<form onSubmit=${add}>
    <input name="title" placeholder="Title" required />
    <input name="author" placeholder="Author" required />
    <button>add</button>
  </form>`;
}

async function add(event) {
  event.preventDefault();
  const form = event.target;
  await fetch("/api/books", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  });
  form.reset();
  await show();
}

async function remove(book) {
  await fetch(`/api/books/${book.id}`, { method: "DELETE" });
  await show();
}

show();
