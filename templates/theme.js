// The panel may be dark while the browser prefers light, or the reverse. Where the page or the frame around us can be read,
// its background decides; everywhere else the style sheet follows the browser.
(() => {
  const root = document.querySelector(".xssl");
  if (root === null) return;
  try {
    // The same window where the panel prints us into a page of its own.
    const around = window.parent;
    const channels = /rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)/.exec(
      around.getComputedStyle(around.document.body).backgroundColor,
    );
    if (channels === null || channels[4] === "0") return;
    const [, red, green, blue] = channels.map(Number);
    root.dataset.theme = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  } catch {
    // Another origin: its looks are none of our business.
  }
})();

// A panel may refuse what is submitted without a token of its own, which it prints into each of its pages.
document.addEventListener("submit", ({ target: form }) => {
  const meta = document.querySelector('meta[name="forgery_protection_token"]');
  if (meta === null || form.method !== "post" || form.closest(".xssl") === null) return;
  const field = form.elements.namedItem(meta.name) ?? form.appendChild(document.createElement("input"));
  field.type = "hidden";
  field.name = meta.name;
  field.value = meta.content;
});
