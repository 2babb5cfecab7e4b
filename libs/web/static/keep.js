// Places kept on the device, without an account: the star on cards and records, and the page that lists them.
"use strict";

const KEPT = "relais.kept";
const read = () => {
  try {
    const places = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(places) ? places.filter((place) => typeof place?.slug === "string") : [];
  } catch {
    return null; // a browser that refuses storage
  }
};
const write = (places) => {
  try {
    localStorage.setItem(KEPT, JSON.stringify(places));
    return true;
  } catch {
    return false; // full
  }
};
const isKept = (slug) => (read() ?? []).some((place) => place.slug === slug);
const placeOf = ({ keep, name, phone, phoneText, address }) => ({ slug: keep, name, phone, phoneText, address });
const addressOf = (slug) => `/structures/${encodeURIComponent(slug)}`;

function mark() {
  const possible = read() !== null;
  document.querySelectorAll("[data-keep]").forEach((button) => {
    button.hidden = !possible;
    button.setAttribute("aria-pressed", String(isKept(button.dataset.keep)));
  });
}

function toggle(button) {
  const place = placeOf(button.dataset);
  const others = (read() ?? []).filter(({ slug }) => slug !== place.slug);
  const leaves = isKept(place.slug);
  const done = write(leaves ? others : [{ ...place, at: new Date().toISOString() }, ...others]);
  say(!done ? button.dataset.failed : leaves ? button.dataset.left : button.dataset.kept);
  button.parentElement.querySelector(".keep-failed")?.remove();
  if (!done) {
    const words = document.createElement("span");
    words.className = "keep-failed small";
    words.textContent = button.dataset.failed;
    button.after(words);
  }
  mark();
  // Its record can then be read without a connection, too: the service worker holds what passes.
  if (done && !leaves && navigator.serviceWorker?.controller) fetch(addressOf(place.slug)).catch(() => {});
}

const page = document.querySelector("[data-favourites]");

function cardOf(place) {
  const item = page.querySelector("template").content.firstElementChild.cloneNode(true);
  const part = (selector) => item.querySelector(selector);
  item.dataset.slug = place.slug;
  part(".result-name a").href = addressOf(place.slug);
  part(".result-name a").textContent = place.name;
  if (place.address) part(".result-where bdi").textContent = place.address;
  else part(".result-where").remove();
  if (place.phone) {
    part(".phone").href = `tel:${place.phone}`;
    part(".phone bdi").textContent = place.phoneText || place.phone;
  } else part(".phone").remove();
  const state = document.createElement("span");
  state.className = "kept-state";
  part(".result-facts").prepend(state);
  const when = new Date(place.at);
  part(".kept-when").textContent = Number.isNaN(when.getTime()) ? "" : page.dataset.keptOn.replace("{when}", dated(when));
  part("[data-forget]").setAttribute("aria-label", `${part("[data-forget]").textContent.trim()}: ${place.name}`);
  return item;
}

function list() {
  const places = read();
  const cards = new Map([...page.querySelectorAll("[data-slug]")].map((card) => [card.dataset.slug, card]));
  page.querySelector("ul").replaceChildren(...(places ?? []).map((place) => cards.get(place.slug) ?? cardOf(place)));
  page.querySelector("[data-none]").hidden = places === null || places.length > 0;
  page.querySelector("[data-refused]").hidden = places !== null;
}

function forget(slug) {
  write((read() ?? []).filter((place) => place.slug !== slug));
  list();
  say(page.dataset.left);
  page.previousElementSibling.focus(); // the heading: what had the focus has gone
}

// Each record says how it stands now, in words and in the language of the reader; one after the other, for slow lines.
async function refresh(card) {
  const state = card.querySelector(".kept-state");
  try {
    const answer = await fetch(addressOf(card.dataset.slug));
    if (answer.status === 404 || answer.status === 410) {
      state.textContent = page.dataset.gone;
      return;
    }
    const record = new DOMParser().parseFromString(await answer.text(), "text/html");
    const badge = record.querySelector("main .badge");
    const button = record.querySelector("[data-keep]");
    if (!answer.ok || !badge || !button || record.documentElement.dataset.kept) throw new Error("not fresh");
    const place = placeOf(button.dataset);
    const fresh = (read() ?? []).map((one) => (one.slug === card.dataset.slug ? { ...one, ...place } : one));
    write(fresh);
    const kept = fresh.find((one) => one.slug === place.slug);
    if (!kept) return; // removed meanwhile
    const renewed = cardOf(kept);
    // Who is in the middle of a card is not thrown out of it.
    const stays = card.contains(document.activeElement);
    (stays ? state : renewed.querySelector(".kept-state")).replaceChildren(document.importNode(badge, true));
    if (!stays) card.replaceWith(renewed);
  } catch {
    state.textContent = page.dataset.unknown;
  }
}

async function refreshAll() {
  for (const card of page.querySelectorAll("[data-slug]")) await refresh(card);
}

async function clear() {
  try {
    localStorage.removeItem(KEPT);
    await caches.delete("relais-pages");
  } catch {
    // Nothing can be held by a browser that refuses to say what it holds.
  }
  list();
  say(page.dataset.cleared);
  page.previousElementSibling.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-keep], [data-forget], [data-clear]");
  if (button?.matches("[data-keep]")) toggle(button);
  else if (button?.matches("[data-forget]")) forget(button.closest("[data-slug]").dataset.slug);
  else if (button) clear();
});
// Another tab, or a page that « back » brings as it was.
const renew = () => { mark(); if (page) list(); };
addEventListener("storage", renew);
addEventListener("pageshow", (event) => { if (event.persisted) renew(); });
mark();
if (page) {
  page.hidden = false;
  document.querySelector("[data-without]").hidden = true;
  list();
  refreshAll();
}
