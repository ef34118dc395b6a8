// The list of posts by keyboard: single keys work while no field has the focus.

const table = document.querySelector("[data-posts]");
const filter = document.querySelector("[data-filter]");
const bulk = document.getElementById("bulk");
const rows = table ? [...table.tBodies[0].rows] : [];

function currentRow() {
  const row = document.activeElement?.closest?.("tr");
  return rows.includes(row) ? row : rows.find((each) => each.classList.contains("is-here"));
}

function goTo(row) {
  if (!row) return;
  for (const each of rows) each.classList.toggle("is-here", each === row);
  row.querySelector("th a")?.focus();
  row.scrollIntoView({ block: "nearest" });
}

function select(row) {
  const box = row?.querySelector("input[type=checkbox]");
  if (!box) return;
  box.checked = !box.checked;
  showSelection();
}

function showSelection() {
  const state = bulk?.querySelector("[data-selected]");
  if (!state) return;
  const count = rows.filter((row) => row.querySelector(":checked")).length;
  state.dataset.none ??= state.textContent;
  state.textContent = count ? state.dataset.count.replace("#", count) : state.dataset.none;
}

function askToDelete() {
  const row = currentRow();
  if (!rows.some((each) => each.querySelector(":checked"))) select(row);
  bulk?.requestSubmit(bulk.querySelector("[value=delete]"));
}

const KEYS = {
  j: () => goTo(currentRow() ? rows[rows.indexOf(currentRow()) + 1] : rows[0]),
  k: () => goTo(rows[rows.indexOf(currentRow()) - 1]),
  x: () => select(currentRow()),
  e: () => currentRow()?.querySelector("th a")?.click(),
  n: () => document.querySelector("[data-new]")?.click(),
  "#": askToDelete,
  "/": () => filter?.focus(),
};

/** Return whether letters are text there. */
function isField(element) {
  return Boolean(element?.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]"));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target === filter) filter.blur();
  const act = isField(event.target) ? null : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
table?.addEventListener("change", showSelection);
const hints = document.querySelector("[data-keys]");
if (hints) hints.hidden = false;
showSelection(); // the browser may have restored check marks
