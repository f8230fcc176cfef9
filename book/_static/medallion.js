// Two small things that the theme leaves open. No library, no request.
(() => {
  const root = document.documentElement;

  // The theme reports an error on every page, and paints its first frame without colours, until a reader has chosen
  // a mode. This runs in the page's head, before that frame: follow the system until told otherwise.
  if (!["auto", "light", "dark"].includes(root.dataset.mode)) root.dataset.mode = "auto";
  if (!["light", "dark"].includes(root.dataset.theme)) {
    root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  // What scrolls sideways must be reachable by keyboard and must say what it is. The theme makes code and outputs
  // reachable; tables and pictures of the book's own, and every name, are added here.
  const OWN = ".medallion-scroll, .medallion-picture";
  const THEMES = ".bd-article pre, .cell_output > .output, .pst-scrollable-table-container";

  function nameOf(box) {
    const caption = box.querySelector("caption, figcaption")?.textContent.trim();
    if (caption) return `${caption} (scrolls sideways)`;
    if (box.querySelector("table")) return "Table (scrolls sideways)";
    if (box.matches(".medallion-picture")) return "Picture (scrolls sideways)";
    const isOutput = box.closest(".cell_output") && !box.closest(".highlight-python");
    return isOutput ? "Output (scrolls sideways)" : "Code (scrolls sideways)";
  }

  function markScrollers() {
    for (const box of document.querySelectorAll(`${OWN}, ${THEMES}`)) {
      const scrolls = box.scrollWidth > box.clientWidth;
      if (box.matches(OWN)) box.tabIndex = scrolls ? 0 : -1;
      if (scrolls) {
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", nameOf(box));
      } else if (box.getAttribute("role") === "group") {
        box.removeAttribute("role");
        box.removeAttribute("aria-label");
      }
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const article = document.querySelector(".bd-article");
    if (!article) return;
    // Fires at the start, on every change of width, and when a dropdown opens.
    new ResizeObserver(markScrollers).observe(article);
  });
})();
