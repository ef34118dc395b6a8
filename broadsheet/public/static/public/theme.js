// Runs before the first paint, so that neither the wrong theme nor "Log in" flashes.
{
  const root = document.documentElement;
  let theme, width;
  try {
    theme = localStorage.getItem("theme");
    width = localStorage.getItem("reader-width"); // of the name of the user who was logged in last
  } catch { /* storage is disabled: follow the system's theme */ }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (width) {
    root.dataset.returning = "";
    root.style.setProperty("--reader-width", `${parseFloat(width)}px`);
  }
}
