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
      outside.target = link.target;
      outside.rel = "noopener noreferrer";
      window.parent.document.body.append(outside);
      outside.click();
      outside.remove();
    } else if (!link.hasAttribute("download") && !link.target && !link.getAttribute("href").startsWith("#")) {
      busy(true);
    }
  });

  document.addEventListener("submit", event => {
    if (event.target.method !== "get") {
      if (document.documentElement.classList.contains("waiting")) event.preventDefault(); // once is enough
      return busy(true);
    }
    for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
    busy(true);
  });

  document.addEventListener("change", event => {
    if (event.target.matches('.filters[method="get"] select')) event.target.form.requestSubmit();
  });

  // A page that leads on by itself as soon as there is something to lead to.
  const follow = async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (answer && (answer.redirected || !(await answer.text()).includes("data-follow"))) location.replace(answer.redirected ? answer.url : location.href);
    else setTimeout(follow, 1500);
  };
  if (document.querySelector("[data-follow]")) setTimeout(follow, 1000);

  addEventListener("pageshow", () => {
    busy(false);
    for (const field of document.querySelectorAll(".filters :disabled")) field.disabled = false;
  });
})();

// Choices that were changed are marked until they are saved.
(() => {
  const form = document.querySelector("form[data-marks]");
  if (!form) return;
  const mark = () => {
    let changed = 0;
    for (const field of form.querySelectorAll("select[data-was]")) {
      const differs = field.value !== field.dataset.was;
      changed += differs;
      field.closest("tr").classList.toggle("changed", differs);
      field.nextElementSibling.hidden = !differs;
    }
    const told = form.querySelector("[data-count]");
    if (told) told.textContent = changed ? `${changed} unsaved changes` : "";
  };
  // Categories have other ids in each section: the same one is the one of the same name.
  for (const button of form.querySelectorAll("[data-same]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const [first, ...others] = button.closest("section").querySelectorAll("select[data-was]");
      if (!first) return;
      const label = first.selectedOptions[0].text;
      for (const field of others) for (const option of field.options) if (option.text === label) field.value = option.value;
      mark();
    });
  }
  form.addEventListener("change", mark);
  addEventListener("pageshow", mark);
})();
