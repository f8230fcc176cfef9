// Small things that the theme leaves open, and the slider of a recorded run. No library, no request.
(() => {
  const root = document.documentElement;

  // The theme reports an error on every page, and paints its first frame without colours, until a reader has chosen
  // a mode. This runs in the page's head, before that frame: follow the system until told otherwise.
  if (!["auto", "light", "dark"].includes(root.dataset.mode)) root.dataset.mode = "auto";
  if (!["light", "dark"].includes(root.dataset.theme)) {
    root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  // Sections that have got a page of their own: an old address leads there.
  const MOVED = {
    "gold.html#a-chart-that-a-manager-reads": "gold_in_use.html",
    "gold.html#a-table-for-a-model": "gold_in_use.html",
    "gold.html#when-a-gold-table-is-one-too-many": "gold_in_use.html",
    "streams.html#state-that-grows-rows-that-come-late": "streams_state.html",
    "streams.html#always-on-or-every-hour": "streams_state.html",
    "streams.html#what-may-you-change": "streams_state.html",
  };
  const page = MOVED[location.pathname.split("/").pop() + location.hash];
  if (page) location.replace(page + location.hash);

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

  // A recorded run: all its steps are in the page, and the last one shows. With this script its slider and buttons
  // choose. Nothing moves on the page but what is shown, so there is no motion to reduce.
  function enliven(run) {
    const controls = run.querySelector(".medallion-steps");
    if (!controls) return;
    const steps = [...run.querySelectorAll(".medallion-step")];
    const slider = controls.querySelector("input");
    const [back, next] = controls.querySelectorAll("button");
    const said = run.querySelector("output");
    const first = Number(slider.min);
    const last = Number(slider.max);

    function show() {
      const number = Number(slider.value);
      steps.forEach((step, place) => (step.hidden = place !== number - first));
      const { sentence } = steps[number - first].dataset;
      slider.setAttribute("aria-valuetext", sentence);
      // Only what is new is read out.
      if (said.textContent !== sentence) said.textContent = sentence;
      // A button that could do nothing says so, and keeps the focus.
      back.setAttribute("aria-disabled", number === first);
      next.setAttribute("aria-disabled", number === last);
      markScrollers();
    }

    function go(by) {
      slider.value = Number(slider.value) + by;
      show();
    }

    slider.addEventListener("input", show);
    back.addEventListener("click", () => go(-1));
    next.addEventListener("click", () => go(1));
    controls.hidden = false;
    show();
  }

  // A page that a search has found opens at the section that says most about what was asked.
  const ASKED = "medallion-asked";

  function rememberWhatWasAsked() {
    document.getElementById("search-results")?.addEventListener("click", (event) => {
      const asked = new URLSearchParams(location.search).get("q");
      if (asked && event.target.closest("a")) sessionStorage.setItem(ASKED, asked);
    });
  }

  function openAtWhatWasFound() {
    const asked = sessionStorage.getItem(ASKED)?.toLowerCase();
    if (!asked || document.getElementById("search-results")) return;
    sessionStorage.removeItem(ASKED);
    if (location.hash) return;
    const words = asked.split(/[^\p{Letter}\p{Number}_]+/u).filter(Boolean);
    const best = { section: null, worth: 0 };
    for (const section of document.querySelectorAll(".bd-article section[id]")) {
      const heading = section.querySelector("h1, h2, h3")?.textContent.toLowerCase() ?? "";
      const inner = [...section.querySelectorAll(":scope > section")].map((other) => other.textContent);
      const text = inner.reduce((left, other) => left.replace(other, ""), section.textContent).toLowerCase();
      const found = words.filter((word) => text.includes(word)).length;
      const named = words.filter((word) => heading.includes(word)).length;
      const worth = found * 100 + named * 50 + Math.min(text.split(words[0]).length, 49);
      if (found && worth > best.worth) Object.assign(best, { section, worth });
    }
    if (best.section && best.section.querySelector("h2, h3")) location.replace(`#${best.section.id}`);
  }

  document.addEventListener("DOMContentLoaded", () => {
    rememberWhatWasAsked();
    openAtWhatWasFound();
    document.querySelectorAll(".medallion-run").forEach(enliven);
    // A fold says what it holds; myst-nb has a screen reader say "Toggle hidden content" instead.
    document.querySelectorAll("details.hide > summary").forEach((fold) => fold.removeAttribute("aria-label"));
    // The arrows in the sidebar that unfold a page's pages have no name of their own.
    document.querySelectorAll(".bd-sidenav details > summary").forEach((fold) => {
      const page = fold.closest("li").querySelector("a")?.textContent.trim();
      fold.setAttribute("aria-label", `Pages of ${page}`);
    });
    const article = document.querySelector(".bd-article");
    if (!article) return;
    // Fires at the start, on every change of width, and when a dropdown opens.
    new ResizeObserver(markScrollers).observe(article);
  });
})();
