// One classic script for every page: theme, sorting, search. A page reads without it.
// State is in the hash, so that an address shows what its sender saw: #sort=r1:2:down&find=bert
(() => {
  "use strict";
  const root = document.documentElement;
  const kept = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* no storage */ } },
  };
  const theme = kept.get("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  const state = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const remember = (key, value) => {
    const now = state();
    if (value) now.set(key, value); else now.delete(key);
    const text = now.toString();
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  };

  // What a cell is sorted by: its number, or its text. A cell without a number comes last.
  const number = (cell) => cell.classList.contains("none") ? NaN : parseFloat(cell.dataset.v ?? cell.textContent);
  const compare = (kind, sign) => (a, b) => {
    if (kind === "text") return sign * a.key.localeCompare(b.key, "en", { numeric: true });
    if (Number.isNaN(a.key) || Number.isNaN(b.key)) return Number.isNaN(a.key) - Number.isNaN(b.key);
    return sign * (a.key - b.key);
  };
  const sort = (table, place, down) => {
    const head = table.tHead.rows[table.tHead.rows.length - 1].cells[place];
    const kind = head.dataset.sort, body = table.tBodies[0];
    const rows = [...body.rows].map((row, was) => {
      const cell = row.cells[place];
      row.dataset.was ??= was;
      return { row, was: +row.dataset.was, key: kind === "text" ? cell.textContent.trim() : number(cell) };
    });
    const by = compare(kind, down ? -1 : 1);
    rows.sort((a, b) => by(a, b) || a.was - b.was);
    body.append(...rows.map((one) => one.row));
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.dataset.by = place === 0 && !down ? "rank" : "other";
  };

  const sortable = (table) => {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, place) => {
      if (!head.dataset.sort) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const first = head.dataset.first === "down";
        const down = head.hasAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : first;
        sort(table, place, down);
        remember("sort-" + table.dataset.name, place + (down ? "-down" : "-up"));
      });
    });
    const [place, way] = (state().get("sort-" + table.dataset.name) || "").split("-");
    if (heads[place]?.dataset.sort) sort(table, +place, way === "down");
  };

  const themed = () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const told = () => { button.textContent = dark() ? "Light" : "Dark"; };
    button.hidden = false;
    told();
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      kept.set("theme", root.dataset.theme);
      told();
    });
  };

  addEventListener("DOMContentLoaded", () => {
    themed();
    document.querySelectorAll("table[data-name]").forEach(sortable);
  });
})();
