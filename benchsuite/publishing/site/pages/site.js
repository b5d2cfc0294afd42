// One classic script for every page: theme, sorting, search, choice. A page reads without it.
// What a reader chose is in the hash, so that an address shows what its sender saw:
// #single.sort=3-down&single.find=bert&single.hide=blur,severity%205
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
    try { history.replaceState(null, "", text ? "#" + text : location.pathname + location.search); } catch { /* too often */ }
  };
  const made = (tag, properties = {}, ...children) => {
    const one = Object.assign(document.createElement(tag), properties);
    one.append(...children);
    return one;
  };
  const heads = (table) => [...table.tHead.rows[table.tHead.rows.length - 1].cells];

  // What a cell is sorted by: its number, or its text. A cell without a number comes last.
  const number = (cell) => cell.classList.contains("none") ? NaN : parseFloat(cell.dataset.v ?? cell.textContent);
  const order = new Intl.Collator("en", { numeric: true });
  const compare = (kind, sign) => (a, b) => {
    if (kind === "text") return sign * order.compare(a.key, b.key);
    if (Number.isNaN(a.key) || Number.isNaN(b.key)) return Number.isNaN(a.key) - Number.isNaN(b.key);
    return sign * (a.key - b.key);
  };
  const sort = (table, place, down) => {
    const head = heads(table)[place], kind = head.dataset.sort, body = table.tBodies[0];
    const rows = [...body.rows].map((row, was) => {
      const cell = row.cells[place];
      row.was ??= was;
      return { row, was: row.was, key: kind === "text" ? cell.textContent.trim() : number(cell) };
    });
    const by = compare(kind, down ? -1 : 1);
    body.append(...rows.sort((a, b) => by(a, b) || a.was - b.was).map((one) => one.row));
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.dataset.by = place === 0 && !down ? "first" : "other";
  };
  const sortable = (table) => {
    heads(table).forEach((head, place) => {
      if (!head.dataset.sort) return;
      const button = made("button", { type: "button" }, ...head.childNodes);
      if (!button.textContent.trim()) button.setAttribute("aria-label", "name");
      head.append(button);
      button.addEventListener("click", () => {
        const was = head.getAttribute("aria-sort");
        const down = was ? was === "ascending" : head.dataset.sort === "number" && place > 0;
        sort(table, place, down);
        remember(table.dataset.name + ".sort", place + (down ? "-down" : "-up"));
      });
    });
    const [place, way] = (state().get(table.dataset.name + ".sort") || "").split("-");
    if (heads(table)[place]?.dataset.sort) sort(table, +place, way === "down");
  };

  // Which rows and columns are shown: names that were searched, and families and severities.
  const choosable = (table) => {
    const name = table.dataset.name, rows = [...table.tBodies[0].rows];
    const columns = heads(table), box = made("div", { className: "controls" });
    const placed = [...rows, ...columns].filter((one) => one.dataset.family);
    const values = (key) => [...new Set(placed.map((one) => one.dataset[key]))].filter(Boolean);
    const hidden = new Set((state().get(name + ".hide") || "").split(",").filter(Boolean));
    let words = [];
    const told = made("span", { className: "faint", role: "status" });
    const out = (one) => one.dataset.family && (hidden.has(one.dataset.family) || hidden.has("severity " + one.dataset.level));
    const show = () => {
      let shown = 0;
      for (const row of rows) {
        const text = row.querySelector("th[scope=row]")?.textContent.toLowerCase() ?? "";
        row.hidden = out(row) || (words.length > 0 && !words.some((word) => text.includes(word)));
        shown += !row.hidden;
      }
      columns.forEach((head, place) => {
        const gone = Boolean(out(head));
        if (gone === head.hidden) return;
        head.hidden = gone;
        for (const row of rows) row.cells[place].hidden = gone;
      });
      told.textContent = shown < rows.length ? shown + " of " + rows.length + " rows" : "";
    };
    if (rows.length > 5) {
      const field = made("input", { type: "search", value: state().get(name + ".find") || "", autocomplete: "off" });
      const ask = () => { words = field.value.toLowerCase().split(",").map((word) => word.trim()).filter(Boolean); show(); };
      field.addEventListener("input", () => { ask(); remember(name + ".find", field.value); });
      box.append(made("label", {}, "Search", field));
      ask();
    }
    const choice = (title, key, prefix) => {
      if (values(key).length < 2) return;
      const set = made("fieldset", {}, made("legend", {}, title));
      for (const value of values(key)) {
        const field = made("input", { type: "checkbox", checked: !hidden.has(prefix + value) });
        field.addEventListener("change", () => {
          if (field.checked) hidden.delete(prefix + value); else hidden.add(prefix + value);
          remember(name + ".hide", [...hidden].join(","));
          show();
        });
        set.append(made("label", {}, field, value));
      }
      box.append(set);
    };
    choice("Conditions", "family", "");
    choice("Severity", "level", "severity ");
    if (!box.children.length) return;
    box.append(told);
    table.closest(".box").before(box);
    show();
  };

  const themed = () => {
    const button = document.getElementById("theme");
    const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const tell = () => {
      button.textContent = dark() ? "Light" : "Dark";
      button.setAttribute("aria-label", dark() ? "Light colours" : "Dark colours");
    };
    button.hidden = false;
    tell();
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      kept.set("theme", root.dataset.theme);
      tell();
    });
  };

  addEventListener("DOMContentLoaded", () => {
    themed();
    for (const table of document.querySelectorAll("table[data-name]")) {
      choosable(table);
      sortable(table);
    }
  });
})();
