// Search and sort. Without this the page has everything, in its first order.
"use strict";
const figure = (text) => Number(text.replace(/,/g, "").replace("−", "-"));

for (const find of document.querySelectorAll(".find")) {
  const lines = find.querySelector(".lines");
  const all = [...lines.children];
  const [search, order, shown] = ["input", "select", "output"].map((name) => find.querySelector(name));
  const texts = new Map(all.map((line) => [line, line.textContent.toLowerCase()]));
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const line of all) line.hidden = !words.every((word) => texts.get(line).includes(word));
    const count = all.filter((line) => !line.hidden).length;
    shown.value = shown.dataset.shown.replace("{shown}", count).replace("{all}", all.length);
  };
  const sort = () => {
    const key = order.value;
    const of = (line) => line.dataset[key];
    const compare = key === "amount" ? (a, b) => figure(of(b)) - figure(of(a)) : (a, b) => of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0;
    lines.append(...[...all].sort(compare));
  };
  search.addEventListener("input", filter);
  order.addEventListener("change", sort);
  filter();
  find.querySelector(".tools").hidden = false;
}

for (const table of document.querySelectorAll("table.sorts")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      const text = (row) => row.cells[column].textContent;
      const figures = rows.every((row) => text(row) === "" || row.cells[column].className === "n");
      const compare = (a, b) => figures ? figure(text(a)) - figure(text(b)) : text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;
      rows.sort((a, b) => down ? compare(b, a) : compare(a, b));
      table.tBodies[0].append(...rows);
    });
  });
}

// A step of the bridge leads to its lines.
for (const step of document.querySelectorAll("[data-find]")) {
  step.addEventListener("click", () => {
    const search = document.querySelector("#discrepancies input");
    if (!search) return;
    search.value = step.dataset.find;
    search.dispatchEvent(new Event("input"));
  });
}
