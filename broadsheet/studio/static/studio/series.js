// The order of a series: posts are dragged, or moved by buttons without a reload.

const form = document.querySelector("[data-sort]");
const list = form?.querySelector(".sortable");
const state = form?.querySelector("[data-sort-state]");
let dragged = null;
let saving = Promise.resolve(); // one request after the other: the last order wins

function save() {
  saving = saving.then(send);
}

async function send() {
  let isSaved = false;
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
    await response.text();
    // Anything else is an error, or the login page.
    isSaved = response.ok && new URL(response.url).pathname === location.pathname;
  } catch {
    // Offline: said below.
  }
  state.textContent = isSaved ? state.dataset.saved : state.dataset.failed;
  state.classList.toggle("visually-hidden", isSaved);
}

function move(event) {
  const button = event.submitter;
  const item = button?.closest("li");
  if (!item) return;
  event.preventDefault();
  if (button.name === "up") item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  button.focus();
  save();
}

function drag(event) {
  const target = event.target.closest?.("li");
  if (!dragged || !list.contains(target)) return;
  event.preventDefault();
  if (target === dragged) return;
  const box = target.getBoundingClientRect();
  if (event.clientY < box.top + box.height / 2) target.before(dragged);
  else target.after(dragged);
}

if (form) {
  form.addEventListener("submit", move);
  for (const item of list.children) item.draggable = true;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("li");
    dragged?.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", drag);
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    save();
  });
}
