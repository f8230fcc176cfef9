"""The look of drawn runs where the book's style sheet is absent, as in JupyterLab.

The end of ``book/_static/medallion.css`` has the same rules, word for word; a test compares them. Colours are
the page's own: those of the book's theme, or of JupyterLab's, light or dark.
"""

RULES = """\
.medallion-run,
.medallion-panel {
  --ml-words: var(--pst-color-text-base, var(--jp-ui-font-color1, #1f2430));
  --ml-quiet: var(--pst-color-text-muted, var(--jp-ui-font-color2, #5e6872));
  --ml-edge: var(--pst-color-border, var(--jp-border-color1, #b8c0c8));
  --ml-alarm: var(--pst-color-danger, var(--jp-error-color1, #b3261e));
  --ml-focus: var(--pst-color-accent, var(--jp-brand-color1, #2b6cb0));
  color: var(--ml-words);
  font-size: 0.9375rem;
  line-height: 1.5;
}

.medallion-run {
  margin: 0 0 1.5rem;
}

/* What is put away stays away, whatever display a rule gives it. */
.medallion-run [hidden] {
  display: none;
}

.medallion-run > figcaption {
  margin: 0 0 0.75rem;
  padding: 0;
  color: var(--ml-words);
  font-family: inherit;
  font-weight: 400;
  text-align: left;
}

:is(.medallion-run, .medallion-panel) p {
  margin: 0 0 0.75rem;
}

:is(.medallion-run, .medallion-panel) :is(.medallion-picture, .medallion-scroll) {
  max-width: 100%;
  margin: 0 0 1rem;
  overflow-x: auto;
}

:is(.medallion-run, .medallion-panel) .medallion-picture {
  width: fit-content;
  border-radius: 0.25rem;
}

:is(.medallion-run, .medallion-panel) .medallion-picture > svg {
  display: block;
}

/* The step slider stands above what it changes, so that it stays where it is. */
.medallion-steps {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem 0.75rem;
  margin: 0 0 0.5rem;
}

.medallion-steps label {
  display: flex;
  flex: 1 1 100%;
  align-items: center;
  gap: 0.75rem;
}

.medallion-steps input {
  flex: 1;
  min-width: 6rem;
  height: 2.25rem;
  margin: 0;
  border-radius: 0.25rem;
  accent-color: var(--ml-focus);
}

.medallion-steps button {
  min-height: 2.25rem;
  padding: 0 0.75rem;
  border: 1px solid var(--ml-quiet);
  border-radius: 0.25rem;
  background: transparent;
  color: var(--ml-words);
  font: inherit;
  cursor: pointer;
}

.medallion-steps button:hover {
  border-color: var(--ml-focus);
}

.medallion-steps button[aria-disabled="true"] {
  border-color: var(--ml-edge);
  color: var(--ml-quiet);
  cursor: default;
}

.medallion-run output {
  display: block;
  min-height: 3em;
  margin: 0 0 0.5rem;
  font-weight: 600;
}

/* On a phone the slider has a line of its own, and the sentence may take two lines. */
@media (min-width: 40rem) {
  .medallion-steps label {
    flex: 1 1 16rem;
  }

  .medallion-run output {
    min-height: 1.5em;
  }
}

:is(.medallion-run, .medallion-panel) :is(button, input, summary):focus-visible {
  outline: 3px solid var(--ml-focus);
  outline-offset: 2px;
}

/* On a box that scrolls, an outline outside it would be cut off. */
:is(.medallion-run, .medallion-panel) :is(.medallion-scroll, .medallion-picture):focus-visible {
  outline: 3px solid var(--ml-focus);
  outline-offset: -3px;
}

:is(.medallion-run, .medallion-panel) .medallion-table {
  margin: 0;
  border-collapse: collapse;
  color: var(--ml-words);
  font-size: 0.8125rem;
  font-variant-numeric: tabular-nums;
  line-height: 1.4;
}

:is(.medallion-run, .medallion-panel) .medallion-table caption {
  caption-side: top;
  padding: 0.25rem 0.5rem;
  color: var(--ml-quiet);
  text-align: left;
}

:is(.medallion-run, .medallion-panel) .medallion-table :is(th, td) {
  padding: 0.3rem 0.5rem;
  border-bottom: 1px solid var(--ml-edge);
  background: transparent;
  text-align: left;
  vertical-align: top;
  white-space: nowrap;
}

:is(.medallion-run, .medallion-panel) .medallion-table thead th {
  border-bottom: 2px solid var(--ml-quiet);
  vertical-align: bottom;
  white-space: normal;
}

:is(.medallion-run, .medallion-panel) .medallion-table .number {
  text-align: right;
}

:is(.medallion-run, .medallion-panel) .medallion-table small {
  color: var(--ml-quiet);
  font-size: 0.75rem;
  font-weight: 400;
}

:is(.medallion-run, .medallion-panel) .medallion-table .null {
  color: var(--ml-quiet);
}

:is(.medallion-run, .medallion-panel) .medallion-table .wraps {
  min-width: 16em;
  white-space: normal;
  overflow-wrap: anywhere;
}

.medallion-shape {
  width: 1em;
  height: 1em;
  margin-right: 0.25em;
  vertical-align: -0.1em;
}

/* A part of a micro-batch's time, as a bar beside its number. */
.medallion-bar {
  display: inline-block;
  height: 0.7em;
  background: currentColor;
  opacity: 0.7;
}

.medallion-error {
  border-left: 0.3rem solid var(--ml-alarm);
  padding-left: 0.75rem;
  overflow-wrap: anywhere;
}

.medallion-beside {
  display: flex;
  flex-wrap: wrap;
  gap: 0 2rem;
}

.medallion-run summary {
  margin: 0 0 0.5rem;
  cursor: pointer;
}

/* In a widget nothing else would let a wide table or picture scroll. */
.medallion-panel .widget-html-content {
  max-width: 100%;
  overflow-x: auto;
}
"""

STYLE = f"<style>\n{RULES}</style>"
"""The look of the panels, to be put before them once."""
