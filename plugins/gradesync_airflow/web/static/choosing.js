// Choosing assignments without a new page: all or none, the count, and another order that keeps what is chosen.
(() => {
  const form = document.querySelector("form.choosing");
  if (!form) return;
  const boxes = () => [...form.querySelectorAll('tbody input[type="checkbox"]:not(:disabled)')];
  const count = () => { form.querySelector("[data-chosen]").textContent = boxes().filter(box => box.checked).length; };

  form.addEventListener("change", count);
  form.addEventListener("click", event => {
    const all = event.target.closest("[data-choose]");
    if (all) {
      event.preventDefault();
      for (const box of boxes()) box.checked = all.dataset.choose === "all";
      count();
    }
    const sort = event.target.closest("[data-sort]");
    if (sort) {
      event.preventDefault();
      order(sort);
    }
  });

  function order(link) {
    const key = link.dataset.sort, heading = link.closest("th"), body = form.querySelector("tbody");
    const was = heading.getAttribute("aria-sort");
    const down = was ? was === "ascending" : key === "last";
    const rows = [...body.rows].sort((a, b) => a.dataset[key].localeCompare(b.dataset[key], "en", { numeric: true }) * (down ? -1 : 1));
    body.append(...rows);
    for (const other of form.querySelectorAll("th[aria-sort]")) {
      other.removeAttribute("aria-sort");
      other.querySelector(".arrow").textContent = "";
    }
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    heading.querySelector(".arrow").textContent = down ? "▼" : "▲";
  }
})();
