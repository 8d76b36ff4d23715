"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const name = () => { button.textContent = isDark() ? "Light" : "Dark"; button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"}`); };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); });
  system.addEventListener("change", name);
  name();

  // What a plot shows at a place is what the row, or the cell, of its table says.
  for (const figure of document.querySelectorAll("figure")) {
    const isGrid = figure.classList.contains("grid");
    const told = figure.querySelector(".told");
    const head = [...figure.querySelectorAll("thead th")].map((cell) => cell.textContent);
    const rows = [...figure.querySelectorAll("tbody tr")];
    const cells = (row) => [...rows[row].children].map((cell) => cell.textContent);
    const nColumns = head.length - 1;
    if (!rows.length) continue;
    for (const plot of figure.querySelectorAll(".plot")) {
      const svg = plot.querySelector("svg");
      const [left, top, right, bottom] = svg.dataset.area.split(" ").map(Number);
      const cursor = plot.appendChild(document.createElement("div"));
      cursor.className = "cursor";
      let at = null;
      const show = (row, column) => {
        at = [row, column];
        const values = cells(row);
        told.textContent = isGrid
          ? `${values[0]}, ${head[column + 1]}: ${values[column + 1]}`
          : `${values[0]} – ${values.slice(1).map((value, i) => (nColumns === 1 ? value : `${head[i + 1]}: ${value}`)).join("; ")}`;
        const scale = svg.clientWidth / svg.viewBox.baseVal.width;
        const of = isGrid ? [nColumns, rows.length, column, row] : [rows.length, 1, row, 0];
        const width = (right - left) / of[0], height = (bottom - top) / of[1];
        Object.assign(cursor.style, {
          display: "block", left: `${(left + of[2] * width) * scale}px`, top: `${(top + of[3] * height) * scale}px`,
          width: `${Math.max(width * scale, 2)}px`, height: `${height * scale}px`,
        });
      };
      const hide = () => { cursor.style.display = "none"; told.textContent = ""; at = null; };
      const within = (share, n) => Math.min(Math.max(Math.floor(share * n), 0), n - 1);
      plot.addEventListener("pointermove", (event) => {
        const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
        const x = ((event.clientX - box.left) * scale - left) / (right - left);
        const y = ((event.clientY - box.top) * scale - top) / (bottom - top);
        if (x < 0 || x > 1 || y < 0 || y > 1) { hide(); return; }
        if (isGrid) show(within(y, rows.length), within(x, nColumns)); else show(within(x, rows.length), 0);
      });
      plot.addEventListener("pointerleave", hide);
      plot.addEventListener("blur", hide);
      plot.addEventListener("keydown", (event) => {
        const last = isGrid ? nColumns - 1 : rows.length - 1;
        const [row, column] = at ?? (isGrid ? [0, -1] : [-1, 0]);
        const place = isGrid ? column : row;
        const moves = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: last, PageDown: place + 10, PageUp: place - 10 };
        let next = null;
        if (event.key in moves) {
          const to = Math.min(Math.max(moves[event.key], 0), last);
          next = isGrid ? [row, to] : [to, 0];
        } else if (isGrid && event.key === "ArrowDown") next = [Math.min(row + 1, rows.length - 1), Math.max(column, 0)];
        else if (isGrid && event.key === "ArrowUp") next = [Math.max(row - 1, 0), Math.max(column, 0)];
        else if (event.key === "Escape") { hide(); return; }
        if (next) { event.preventDefault(); show(...next); }
      });
    }
  }
})();
