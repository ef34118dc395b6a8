// Runs before the first paint, so that a chosen theme never flashes.
{
  let theme;
  try { theme = localStorage.getItem("theme"); } catch { /* storage is off: follow the system */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}
