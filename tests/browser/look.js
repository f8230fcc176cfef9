// What the tests of the panels ask JupyterLab's page, and what they see in it. Added before the page's own scripts.
window.look = (() => {
  const notebook = () => window.jupyterapp?.shell.currentWidget;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const number = (text) => Number(text.replaceAll(",", ""));

  // ---------------------------------------------------------------- the notebook
  function isReady() {
    const kernel = notebook()?.sessionContext?.session?.kernel;
    return !!notebook()?.content?.model?.cells && kernel?.status === "idle" && kernel.connectionStatus === "connected";
  }

  // A command's outcome is kept here: to wait for its promise would have no bound.
  let outcome = null;

  function start(command, options) {
    window.jupyterapp.shell.activateById(notebook().id);
    outcome = null;
    window.jupyterapp.commands.execute(command, options).then(
      () => { outcome = "done"; },
      (error) => { outcome = String(error); },
    );
  }

  function cells() {
    return [...notebook().content.model.cells].map((cell) => {
      const outputs = cell.type === "code" ? cell.outputs.toJSON() : [];
      const errors = outputs.filter((output) => output.output_type === "error");
      return {
        source: cell.sharedModel.getSource(),
        is_code: cell.type === "code",
        count: cell.executionCount ?? null,
        errors: errors.map((error) => `${error.ename}: ${error.evalue}`),
      };
    });
  }

  function addCell(source) {
    const { sharedModel } = notebook().content.model;
    sharedModel.insertCell(sharedModel.cells.length, { cell_type: "code", source, metadata: {} });
  }

  function removeLastCell() {
    const { sharedModel } = notebook().content.model;
    sharedModel.deleteCell(sharedModel.cells.length - 1);
  }

  function chooseCell(place) {
    notebook().content.deselectAll();
    notebook().content.activeCellIndex = place;
  }

  // ---------------------------------------------------------------- the stream panel
  const SENTENCES = new RegExp(
    "^([\\d,]+) rows? landed in ([\\d,]+) files?\\. Bronze holds ([\\d,]+);" +
      ".*: ([\\d,]+) in silver,.*Gold has taken ([\\d,]+) ",
    "s",
  );

  // The numbers of the picture, from its description, and the rows of the streams' table.
  function shown() {
    const isLive = (panel) => all("button", panel).some((button) => button.textContent.trim() === "Start all");
    // If a panel is inside another, the inner one; a replayed run has no such button.
    const panel = all(".medallion-panel").filter(isLive).at(-1);
    const told = panel?.querySelector("svg > desc")?.textContent.match(SENTENCES);
    if (!told) return null;
    const [landed, files, bronze, silver, gold] = told.slice(1).map(number);
    return { landed, files, bronze, silver, gold, streams: streams(panel) };
  }

  function streams(panel) {
    const columns = (table) => [...(table.tHead?.rows[0].cells ?? [])].map((cell) => cell.textContent);
    const table = all("table", panel).find((one) => columns(one)[0] === "stream");
    if (!table) return {};
    const names = columns(table);
    return Object.fromEntries(
      [...table.tBodies[0].rows].map((row) => [
        row.cells[0].innerText.split("\n")[0].trim(),
        Object.fromEntries(names.map((name, place) => [name, row.cells[place].innerText])),
      ]),
    );
  }

  function isAtLeast(least) {
    const now = shown();
    return !!now && Object.keys(least).every((place) => now[place] >= least[place]);
  }

  function isIn(stream, states) {
    const state = shown()?.streams[stream]?.state ?? "";
    return states.some((one) => state.endsWith(one));
  }

  function rowsIn(stream) {
    return number(shown()?.streams[stream]?.["rows in"] ?? "");
  }

  // ---------------------------------------------------------------- the look
  // Parts of a panel that stick out of its output area, but for what scrolls inside itself.
  function stickingOut() {
    return all(".medallion-panel").flatMap((panel) => {
      const area = panel.closest(".jp-OutputArea-output");
      const edge = area.getBoundingClientRect().left + area.clientWidth + 1;
      const out = all("*", panel).filter(
        (part) =>
          part.checkVisibility({ visibilityProperty: true }) &&
          part.getBoundingClientRect().right > edge &&
          !part.closest(".medallion-scroll > *, .medallion-picture > *"),
      );
      return [...(area.scrollWidth > area.clientWidth + 1 ? [area] : []), ...out].map(
        (part) => `${part.tagName} ${part.getAttribute("class")}: ${part.textContent.trim().slice(0, 40)}`,
      );
    });
  }

  const nameOf = (part) =>
    `${part.tagName} ${part.getAttribute("aria-label") || part.labels?.[0]?.textContent || part.textContent.trim()}`;

  function ring(part) {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(part);
    return [outlineStyle === "none" ? "" : `${outlineWidth} ${outlineStyle} ${outlineColor}`, boxShadow].join(" ");
  }

  // Control -> its outline and shadow without the focus; those that have been met are taken out.
  let unmet = new Map();

  function findControls() {
    document.activeElement.blur();
    const found = all(".medallion-panel :is(button, select, input, textarea, summary, a[href], [tabindex])").filter(
      (part) => !part.disabled && part.tabIndex >= 0 && part.checkVisibility({ visibilityProperty: true }),
    );
    unmet = new Map(found.map((part) => [part, ring(part)]));
    return unmet.size;
  }

  // The control that has the focus, and whether one can see that it has.
  function meet() {
    const part = document.activeElement;
    if (!unmet.has(part)) return null;
    const differs = unmet.get(part) !== ring(part);
    unmet.delete(part);
    return { name: nameOf(part), differs };
  }

  return {
    isReady,
    start,
    outcome: () => outcome,
    cells,
    addCell,
    removeLastCell,
    chooseCell,
    interrupt: () => notebook().sessionContext.session.kernel.interrupt(),
    shown,
    isAtLeast,
    isIn,
    rowsIn,
    stickingOut,
    findControls,
    meet,
    unmet: () => [...unmet.keys()].map(nameOf),
  };
})();
