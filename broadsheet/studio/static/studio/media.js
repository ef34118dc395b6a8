// The media library: keys of the list, and the focal point by a click. All of it works without.

const items = [...document.querySelectorAll("[data-item]")];

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    e: () => document.activeElement.closest("[data-item]")?.click(),
    n: () => document.querySelector("[data-key=n]")?.click(),
    "#": () => document.querySelector("[data-key='#']")?.click(),
    "/": () => document.querySelector("#id_text")?.focus(),
  };
  const act = actions[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

/** Move the focus to the next or the previous image; begin at the current one. */
function move(step) {
  const focused = items.indexOf(document.activeElement);
  const current = items.findIndex((item) => item.hasAttribute("aria-current"));
  const next = focused >= 0 ? focused + step : Math.max(current, 0);
  items[Math.min(Math.max(next, 0), items.length - 1)]?.focus();
}

const focal = document.querySelector("[data-focal]");
const fields = ["x", "y"].map((axis) => document.querySelector(`#id_focal_${axis}`));
if (focal && fields.every(Boolean)) setUpFocalPoint();

/** Show the focal point on the image; a click moves it. The fields do so by keyboard. */
function setUpFocalPoint() {
  const show = () => fields.forEach((field, i) => focal.style.setProperty(i ? "--y" : "--x", `${field.value || 50}%`));
  focal.classList.add("is-movable");
  focal.addEventListener("click", (event) => {
    const box = focal.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    fields.forEach((field, i) => { field.value = Math.round(Math.min(Math.max(at[i], 0), 1) * 100); });
    show();
  });
  fields.forEach((field) => field.addEventListener("input", show));
  show();
}
