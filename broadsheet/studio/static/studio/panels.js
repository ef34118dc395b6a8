// The frame of the studio: panels at the side of the text, the menu, and where the phone's keyboard ends.

const buttons = document.querySelectorAll("[data-panel-button]");
for (const button of buttons) setUpPanel(button);
setUpMenuKey();
setUpKeyboard();
setUpHelpKey();

/** Open and close a panel by its button, its own button, Esc, or the link in its URL. */
function setUpPanel(button) {
  const panel = document.getElementById(button.dataset.panelButton);
  button.setAttribute("role", "button");
  button.setAttribute("aria-controls", panel.id);
  let focused; // what had the focus before the panel opened
  function show(isOpen) {
    panel.classList.toggle("is-open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  }
  function open() {
    focused = document.activeElement;
    show(true);
    panel.focus({ preventScroll: true });
  }
  function close() {
    const hadFocus = panel.contains(document.activeElement);
    show(false);
    if (!hadFocus) return;
    const isBack = focused?.isConnected && focused !== document.body && !panel.contains(focused);
    const places = [isBack ? focused : button, button, document.querySelector("[popovertarget=bar-more]")];
    places.find((place) => place.checkVisibility())?.focus({ preventScroll: true });
  }
  const isOpen = () => panel.classList.contains("is-open");
  show(isOpen());
  button.addEventListener("click", (event) => {
    event.preventDefault();
    button.closest("[popover]:popover-open")?.hidePopover();
    if (isOpen()) close();
    else open();
  });
  button.addEventListener("keydown", (event) => {
    if (event.key === " ") { event.preventDefault(); button.click(); }
  });
  panel.querySelector("[data-panel-close]").addEventListener("click", close);
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    close();
  });
  document.addEventListener("keydown", (event) => {
    if (isModKey(event, ",")) {
      event.preventDefault();
      if (isOpen() && panel.contains(document.activeElement)) close();
      else open();
    } else if (event.key === "F6" && isOpen()) {
      event.preventDefault();
      if (panel.contains(document.activeElement)) document.querySelector("#id_content").focus();
      else panel.focus({ preventScroll: true });
    }
  });
}

/** Show and hide the studio's menu with Ctrl and a backslash, where it is a popover. */
function setUpMenuKey() {
  const menu = document.getElementById("studio-menu");
  if (!menu) return;
  document.addEventListener("keydown", (event) => {
    const isShown = menu.checkVisibility();
    if (!isModKey(event, "\\") || (isShown && !menu.matches(":popover-open"))) return;
    event.preventDefault();
    menu.togglePopover();
  });
}

/** Show the list of keys with a question mark, where nobody types. */
function setUpHelpKey() {
  document.addEventListener("keydown", (event) => {
    const isTyped = event.target.closest("input, select, textarea, [contenteditable=true]");
    if (event.key !== "?" || isTyped || document.querySelector("dialog[open]")) return;
    document.dispatchEvent(new Event("show-keys"));
  });
}

/** Tell the styles how much of the page the phone's keyboard covers. */
function setUpKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  const show = () => {
    const covered = Math.max(0, Math.round(window.innerHeight - view.height - view.offsetTop));
    const isZoomed = view.scale > 1;
    document.documentElement.style.setProperty("--keyboard", isZoomed ? "0px" : `${covered}px`);
  };
  view.addEventListener("resize", show);
  view.addEventListener("scroll", show);
}

/** Return whether Ctrl, or Command on a Mac, and this key were pressed. */
function isModKey(event, key) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === key;
}
