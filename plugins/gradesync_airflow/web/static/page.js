// What plain links and forms cannot do: reach Airflow's own pages out of the frame, leave empty fields out of addresses, show that something loads.
(() => {
  const busy = on => document.documentElement.classList.toggle("waiting", on);

  document.addEventListener("click", event => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches("[data-parent]") && window.parent !== window) {
      // The frame may not navigate its parent; a link that stands in the parent may.
      event.preventDefault();
      const outside = window.parent.document.createElement("a");
      outside.href = link.href;
      window.parent.document.body.append(outside);
      outside.click();
      outside.remove();
    } else if (!link.hasAttribute("download") && !link.getAttribute("href").startsWith("#")) {
      busy(true);
    }
  });

  document.addEventListener("submit", event => {
    if (event.target.method !== "get") return;
    for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
    busy(true);
  });

  document.addEventListener("change", event => {
    if (event.target.matches(".filters select")) event.target.form.requestSubmit();
  });

  addEventListener("pageshow", () => {
    busy(false);
    for (const field of document.querySelectorAll(".filters :disabled")) field.disabled = false;
  });
})();
