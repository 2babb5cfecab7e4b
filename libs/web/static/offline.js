// What is seen stays readable without a connection: starts the service worker, says what a page shown from its store
// dates from, and lists what the store holds.
"use strict";

// « mardi 14 h 30 », with the day of the month once the weekday alone could be another's; English: Tuesday 14:30.
const DAYS = { fr: "fr", en: "en-GB", ar: "ar-u-nu-latn" };
function dated(date) {
  const { lang } = document.documentElement;
  const recent = Math.abs(Date.now() - date) < 6 * 86400000;
  const day = new Intl.DateTimeFormat(DAYS[lang], { weekday: "long", ...(recent || { day: "numeric", month: "long" }) });
  const minutes = String(date.getMinutes()).padStart(2, "0");
  const time = lang === "fr"
    ? `${date.getHours()}\u202fh${date.getMinutes() ? `\u202f${minutes}` : ""}`
    : `${String(date.getHours()).padStart(2, "0")}:${minutes}`;
  return `${day.format(date)}${recent ? " " : lang === "ar" ? "، " : ", "}${time}`;
}

function tellAge() {
  const { kept, keptWhy } = document.documentElement.dataset;
  const strip = document.querySelector("[data-age]");
  if (!kept || !strip) return;
  const words = strip.dataset[keptWhy].replace("{when}", dated(new Date(kept)));
  strip.querySelector("span").textContent = words;
  strip.hidden = false;
  say(words);
}

async function listPages(section) {
  const pages = new Map();
  try {
    const store = await caches.open("relais-pages");
    for (const request of await store.keys()) {
      const address = new URL(request.url);
      const language = address.searchParams.get("lang");
      address.searchParams.delete("lang");
      const held = await store.match(request, { ignoreVary: true });
      const known = pages.get(address.href);
      if (!held || (known && language !== document.documentElement.lang)) continue;
      pages.delete(address.href);
      pages.set(address.href, { address, title: decodeURIComponent(held.headers.get("X-Title")), at: new Date(held.headers.get("X-Kept-At")) });
    }
  } catch {
    // No store: the list stays empty, and the page says so.
  }
  const items = [...pages.values()].sort((one, other) => other.at - one.at).map(({ address, title, at }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = address.pathname + address.search;
    // Titles come as they stand in HTML, with their entities.
    link.textContent = new DOMParser().parseFromString(title, "text/html").body.textContent.replace(/ · Relais$/, "");
    link.dir = "auto";
    const when = document.createElement("span");
    when.className = "soft small";
    when.textContent = dated(at);
    item.append(link, when);
    return item;
  });
  section.querySelector("ul").replaceChildren(...items);
  section.querySelector("ul").hidden = items.length === 0;
  section.querySelector("[data-none]").hidden = items.length > 0;
  section.hidden = false;
}

async function watch() {
  try {
    await navigator.serviceWorker?.register("/service-worker.js");
  } catch {
    // Private windows and plain addresses of a local network have none: pages work as ever.
  }
}

tellAge();
document.querySelectorAll("[data-pages-held]").forEach(listPages);
document.querySelectorAll("[data-retry]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => location.reload());
});
addEventListener("load", watch);
