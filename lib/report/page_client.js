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

  /** Panels in the longest line that may be broken. */
  const longest = ({ hconcat, vconcat = [], facet }) => Math.max(hconcat?.length ?? facet?.column?.sort?.length ?? 1, ...vconcat.map(longest));
  const widthOf = (view) => view.width ?? ((view.hconcat ?? view.vconcat ?? view.concat)?.slice(0, 1) ?? [view.spec ?? {}]).map(widthOf)[0];

  /**
   * At most so many panels in a line, and each panel at so much of its width. What stands alone below lines of panels stays as wide as they are, and so do
   * a few wide panels that fill a line between them: `panel` is how wide those of a full line are.
   */
  function narrowed(view, { columns, scale, panel }, most) {
    const fit = { columns, scale, panel }, panels = (views) => views.map((one) => narrowed(one, fit, columns));
    const { vconcat, hconcat, concat, facet, spacing, bounds, ...rest } = view;
    if (vconcat) return { ...view, vconcat: vconcat.map((line) => narrowed(line, fit, most)) };
    if (concat) return { ...view, concat: panels(concat) };
    if (facet) return { ...view, ...(columns < most && !facet.row ? { facet: facet.column, columns } : {}), spec: panels([view.spec])[0] };
    if (!hconcat) return typeof view.width === "number" ? { ...view, width: Math.floor(view.width * scale * columns / most) } : view;
    const isWide = (one) => hconcat.length < most && widthOf(one) > panel;
    if (hconcat.length <= columns) return { ...view, hconcat: hconcat.map((one) => narrowed(one, fit, isWide(one) ? most : columns)) };
    const lines = Array.from({ length: Math.ceil(hconcat.length / columns) }, (_, i) => hconcat.slice(i * columns, (i + 1) * columns));
    const named = lines.map(([first, ...others]) => ({ spacing, bounds, hconcat: panels([opening(first, hconcat[0]), ...others]) }));
    const { title } = rest, text = typeof title?.text === "string" ? title.text.split(/(?<=,) /) : title?.text; // a line for each part
    return { ...rest, ...(text ? { title: { ...title, text, frame: "bounds" } } : {}), spacing: 20, vconcat: named };
  }

  /** A panel that comes to begin a line names its rows, if the first names them for all. */
  function opening(panel, first) {
    const y = panel.encoding?.y, shared = first.encoding?.y;
    if (!y || y.field !== shared?.field) return panel;
    const axis = y.axis?.labels === false ? { ...y.axis, labels: shared.axis?.labels ?? true } : y.axis;
    return { ...panel, encoding: { ...panel.encoding, y: { ...y, title: y.title ?? shared.title, axis } } };
  }

  /**
   * Draws into an element that is as wide as there is room. Where the panels take more, they become narrower, by a quarter at most; else half as many
   * stand beside each other, as wide as that leaves room for, by half more at most.
   */
  async function embed(host, spec) {
    const most = longest(spec), panel = widthOf(spec), legend = spec.config?.legend;
    for (let columns = most, scale = 1;;) {
      const names = Math.max(1, Math.min(4, columns - (columns < most))); // side by side in a legend: longer than many panels are wide
      const config = { ...spec.config, legend: { ...legend, columns: most === 1 ? legend?.columns : names } };
      const fitting = columns === most && scale === 1 ? spec : { ...narrowed(spec, { columns, scale, panel }, most), config };
      const result = await vegaEmbed(host, fitting, { renderer: "svg", actions: false, loader, logLevel: 1 });
      const excess = host.scrollWidth - host.clientWidth, next = 1 - excess / (columns * panel), isLast = columns === 1;
      const spare = (host.clientWidth - host.firstElementChild.getBoundingClientRect().width) / (columns * panel);
      const grows = excess <= 0 && columns < most && scale === 1 && spare > 0.05;
      if (!grows && !(excess > 0 && panel > 0) || isLast && scale < 1 || scale > 1) return result;
      result.finalize();
      if (grows) scale = Math.min(1.5, 1 + 0.98 * spare);
      else if (scale === 1 && (next >= 0.75 || isLast)) scale = Math.max(next, most === 1 ? 0.75 : 0.5);
      else [columns, scale] = [Math.ceil(columns / 2), 1];
    }
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
      const result = await embed(host, fitted(specOf(chart.dataset.spec), width));
      if (widths.get(chart) !== width) { // resized meanwhile: another drawing is on its way
        result.finalize();
        host.remove();
        return;
      }
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
