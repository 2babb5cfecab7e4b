// Suggestions under a field while one types (WAI-ARIA's combobox with a list): pages work without them.
"use strict";

const WAIT = 120; // milliseconds without a new letter before the server is asked

// Words that may run against the direction of the page, and stand where it begins all the same.
function isolated(tag, words) {
  const element = document.createElement(tag);
  element.append(document.createElement("bdi"));
  element.firstChild.textContent = words;
  return element;
}

document.querySelectorAll("[data-suggest]").forEach((input) => {
  const list = document.createElement("ul");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.suggestLabel);
  list.hidden = true;
  input.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"], ["autocomplete", "off"]]) input.setAttribute(name, value);

  let timer;
  let asking;

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(item) {
    close();
    if (input.dataset.suggest === "where") {
      input.value = item.text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      close();
    } else if (item.kind === "structure") follow(item.url);
    else follow(searchFor(item), input.form.target);
  }

  // The search for what was chosen, instead of what was typed: it keeps the place and the filters of the form.
  function searchFor(item) {
    const chosen = new URL(item.url, location.href).searchParams;
    const search = new URLSearchParams(new FormData(input.form));
    const replaced = [input.name, ...(chosen.has("place") ? ["near", "department"] : []), ...(item.kind === "place" ? [] : ["family", "category"])];
    replaced.forEach((name) => search.delete(name));
    chosen.forEach((value, name) => search.set(name, value));
    [...search].filter(([, value]) => !value.trim()).forEach(([name]) => search.delete(name));
    return `${input.form.getAttribute("action")}?${search}`;
  }

  // As a link does: within another site, records open beside it and searches stay there.
  function follow(href, target) {
    const link = document.createElement("a");
    link.href = href;
    if (target) link.target = target;
    link.click();
  }

  function show(items) {
    list.replaceChildren(...items.map((item, at) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${at}`;
      option.setAttribute("role", "option");
      option.append(isolated("span", item.text), isolated("small", item.detail ?? ""));
      // Before the field loses the focus, and with it the list.
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => choose(item));
      return option;
    }));
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
    input.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const query = new URLSearchParams({ q: input.value, field: input.dataset.suggest, lang: document.documentElement.lang });
    try {
      const answer = await fetch(`/api/v1/search/suggestions?${query}`, { signal: asking.signal });
      if (answer.ok) show((await answer.json()).items);
    } catch {
      // Offline, or a newer letter came: whoever types goes on.
    }
  }

  function move(step) {
    const options = [...list.children];
    const at = options.findIndex((option) => option.id === input.getAttribute("aria-activedescendant"));
    const next = at < 0 && step < 0 ? options.length - 1 : at + step;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === next)));
    if (options[next]) {
      input.setAttribute("aria-activedescendant", options[next].id);
      options[next].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < 2) close();
    else timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = event.key === "Enter" && document.getElementById(input.getAttribute("aria-activedescendant"));
    if (step) move(step);
    else if (chosen) chosen.click();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
});
