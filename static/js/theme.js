// This will set light or dark before the first paint: what the person chose, on whatever machine, else what was chosen
// in this browser, else what their system prefers.
// It is loaded in the head without defer, so that no page flashes in the wrong colors.
(() => {
  const KEY = "second-look-theme";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    if (root.dataset.chosenTheme) return root.dataset.chosenTheme;
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // Storage can be switched off; the system's preference then holds.
    }
  };

  const apply = () => {
    const theme = chosen() ?? (dark.matches ? "dark" : "light");
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("second-look:theme", { detail: theme }));
  };

  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

  /** Tell the server, so that the next machine knows; where it does not hear, this browser still remembers. */
  const remember = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Without storage the page keeps it until it is left.
    }
    if (!root.dataset.preferences) return;
    fetch(root.dataset.preferences, {
      method: "PATCH",
      keepalive: true,
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({ theme }),
    }).catch(() => {});
  };

  const toggle = () => {
    root.dataset.chosenTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    remember(root.dataset.chosenTheme);
    apply();
  };

  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-toggle-theme]")) toggle();
  });
})();
