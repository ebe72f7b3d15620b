// Airflow keeps its theme in localStorage ("dark", "light", or nothing for the system's); the frame follows it, also while it is open.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const apply = () => {
    const chosen = stored();
    const theme = chosen === "dark" || chosen === "light" ? chosen : system.matches ? "dark" : "light";
    document.documentElement.dataset.theme = theme;
  };
  if (window.parent !== window) document.documentElement.dataset.framed = "";
  apply();
  addEventListener("storage", apply);
  system.addEventListener("change", apply);
})();
