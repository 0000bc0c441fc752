// Runs in the reader's browser: draws each chart when it comes into view, at the width there is, and offers its rows as files.
(() => {
  const refuse = () => Promise.reject(new Error("this page loads nothing"));
  const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };
  const specOf = (id) => JSON.parse(document.getElementById(id).textContent);

  /** Panels side by side where there is room, one below the other on a phone. */
  function fitted(spec, width) {
    if (!Array.isArray(spec.concat)) return spec;
    const right = 16, between = spec.spacing?.column ?? 64, left = Math.max(56, between - 30); // as wide as names of rows beside a panel
    const columns = width >= 640 ? spec.columns ?? 2 : 1;
    const panel = Math.max(180, Math.min(430, Math.floor((width - left - right - (columns - 1) * between) / columns)));
    const legend = { legend: { ...spec.config?.legend, columns: width >= 640 ? spec.config?.legend?.columns ?? 4 : 2 } };
    return { ...spec, columns, config: { ...spec.config, ...legend }, concat: spec.concat.map((view) => ({ ...view, width: panel })) };
  }

  const widths = new WeakMap(), results = new WeakMap();
  async function draw(chart) {
    const { paddingLeft, paddingRight } = getComputedStyle(chart);
    const width = Math.floor(chart.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
    if (width <= 0 || widths.get(chart) === width) return;
    widths.set(chart, width);
    const host = document.createElement("div");
    chart.append(host);
    try {
      const result = await vegaEmbed(host, fitted(specOf(chart.dataset.spec), width), { renderer: "svg", actions: false, loader, logLevel: 1 });
      results.get(chart)?.finalize();
      results.set(chart, result);
      chart.replaceChildren(host);
      chart.dataset.drawn = "true";
      if (chart.scrollWidth > chart.clientWidth) chart.tabIndex = 0; // what scrolls must be reached by keyboard
      else chart.removeAttribute("tabindex");
    } catch (error) {
      host.remove(); // the picture stays
      chart.dataset.failed = error.message;
    }
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) draw(target);
  }, { rootMargin: "800px" });
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target.dataset.drawn) draw(target);
  });
  for (const chart of document.querySelectorAll(".chart")) {
    seen.observe(chart);
    resized.observe(chart);
  }

  const quoted = (value) => /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  /** A column for each name that a row has: what is null in a row may be left out there. */
  function csvOf(rows) {
    const columns = [...new Set(rows.flatMap(Object.keys))];
    const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
    return lines.map((line) => line.map((cell) => quoted(String(cell ?? ""))).join(",")).join("\n");
  }
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("button[data-rows]");
    if (!button) return;
    const rows = specOf(button.dataset.rows).data.values, json = button.dataset.format === "json";
    const url = URL.createObjectURL(new Blob([json ? JSON.stringify(rows, null, 1) : csvOf(rows)], { type: json ? "application/json" : "text/csv" }));
    Object.assign(document.createElement("a"), { href: url, download: button.dataset.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  });

  // Tables with filters: heads sort, controls hide rows.
  const numbered = new Intl.Collator("en", { numeric: true });
  for (const filters of document.querySelectorAll(".filters")) {
    const table = document.getElementById(filters.dataset.table), body = table.tBodies[0], rows = [...body.rows];
    const controls = [...filters.querySelectorAll("[data-filter]")], status = filters.querySelector("[role=status]");
    const matches = (row, { dataset: { filter }, value }) =>
      !value || (filter === "text" ? row.textContent.toLowerCase().includes(value.toLowerCase()) : row.dataset[filter] === value);
    const filter = () => {
      for (const row of rows) row.hidden = !controls.every((control) => matches(row, control));
      status.textContent = `${rows.filter(({ hidden }) => !hidden).length} of ${rows.length} shown`;
    };
    filters.addEventListener("input", filter);
    filter();

    const heads = [...table.tHead.rows[0].cells];
    const keyOf = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].firstChild?.textContent ?? "";
    heads.forEach((head, column) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const next = { ascending: "descending", descending: "none" }[head.ariaSort] ?? "ascending", sign = next === "descending" ? -1 : 1;
        for (const other of heads) other.ariaSort = "none";
        head.ariaSort = next;
        const byPlace = (a, b) => a.dataset.place - b.dataset.place;
        const order = next === "none" ? byPlace : (a, b) => sign * numbered.compare(keyOf(a, column), keyOf(b, column)) || byPlace(a, b);
        body.append(...rows.sort(order));
      });
    });
  }

  // A link into a folded notebook unfolds it.
  function unfold() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && (target.querySelector(":scope > details") ?? target.closest("details"));
    if (folded) folded.open = true;
  }
  addEventListener("hashchange", unfold);
  unfold();
})();
