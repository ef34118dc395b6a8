// Runs before the first paint, so that neither a chosen theme nor "Log in" flashes.
{
  const root = document.documentElement;
  let theme, width;
  try {
    theme = localStorage.getItem("theme");
    width = localStorage.getItem("reader-width"); // of the name of who was logged in here last
  } catch { /* storage is off: follow the system, and show the page as it comes */ }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (width) {
    root.dataset.returning = "";
    root.style.setProperty("--reader-width", `${parseFloat(width)}px`);
  }
}
