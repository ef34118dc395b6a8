// The progress of a bulk change, without reloading the page.

const PAUSE = 1000; // milliseconds between two requests

async function refresh() {
  const progress = document.querySelector("[data-progress]");
  if (progress?.dataset.progress !== "active") return;
  try {
    const response = await fetch(location.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-progress]");
    if (!fresh) return location.reload(); // an error, or the session has ended
    progress.replaceWith(fresh);
  } catch {
    // Offline: again after the pause.
  }
  setTimeout(refresh, PAUSE);
}

setTimeout(refresh, PAUSE);
