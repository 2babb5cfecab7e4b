// Comfort on top of pages that work without it: « around me », copy, share, print, sheets, messages, keys in tables.
"use strict";

const shown = "[data-share], [data-locate], [data-copy], [data-print], [data-dismiss]";
const reveal = (root) => root.querySelectorAll(`${shown}, [data-scripted]`).forEach((element) => {
  const possible = element.matches("[data-locate]") ? navigator.geolocation
    : !element.matches("[data-copy]") || navigator.clipboard || (element.matches("[data-share]") && navigator.share);
  element.hidden = !possible;
});

// What a button did, for those who do not see it. Said in a region that was there before: others are not announced.
function say(text) {
  document.getElementById("said").textContent = text;
}

function locate(button) {
  const form = button.closest("form");
  const status = form.querySelector("[data-locate-status]");
  status.textContent = button.dataset.waiting;
  button.setAttribute("aria-busy", "true");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const near = form.elements.near;
      near.value = `${coords.latitude.toFixed(4)},${coords.longitude.toFixed(4)}`;
      near.disabled = false;
      form.elements.place.value = "";
      form.requestSubmit();
    },
    () => {
      status.textContent = button.dataset.denied;
      button.removeAttribute("aria-busy");
      form.elements.place.focus();
    },
    { timeout: 10000, maximumAge: 300000 },
  );
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    prompt(button.textContent.trim(), button.dataset.copy); // to be copied by hand
    return;
  }
  const words = button.querySelector("span");
  const before = words.textContent;
  if (before === button.dataset.copied) return;
  words.textContent = button.dataset.copied;
  say(button.dataset.copied);
  setTimeout(() => { words.textContent = before; say(""); }, 2000);
}

async function share(button) {
  if (!navigator.share) return copy(button);
  try {
    await navigator.share({ title: button.dataset.share, url: button.dataset.copy });
  } catch (refusal) {
    // Who closes the sheet has changed their mind; anything else means that there is no sheet.
    if (refusal.name !== "AbortError" && navigator.clipboard) await copy(button);
  }
}

function open(event, opener) {
  const sheet = document.getElementById(opener.dataset.open);
  if (!sheet || !sheet.showModal) return;
  event.preventDefault();
  sheet.showModal();
}

document.addEventListener("click", (event) => {
  const element = event.target.closest(`${shown}, [data-open]`);
  if (!element) {
    // A click beside an open sheet closes it.
    if (event.target.matches("dialog[open]")) event.target.close();
  } else if (element.matches("[data-locate]")) locate(element);
  else if (element.matches("[data-share]")) share(element);
  else if (element.matches("[data-copy]")) copy(element);
  else if (element.matches("[data-print]")) window.print();
  else if (element.matches("[data-dismiss]")) element.closest(".notice").remove();
  else open(event, element);
});

// Typing a place replaces « around me ».
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-search] [name=place]") && event.target.value) event.target.form.elements.near.disabled = true;
});

// Of two choices that cannot both be meant, the last one made stands.
document.addEventListener("input", ({ target }) => {
  const field = target.form?.querySelector("[data-instead]");
  const box = field && target.form.elements[field.dataset.instead];
  if (!box) return;
  if (target === field && field.value) box.checked = false;
  else if (target === box && box.checked) field.value = "";
});

// Arrows move between the rows of a work table.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const table = step && event.target.matches(".row-link td:first-child > a") && event.target.closest("[data-rows]");
  if (!table) return;
  const links = [...table.querySelectorAll(".row-link td:first-child > a")];
  const next = links[links.indexOf(event.target) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

// An announcement that was read goes at once; the answer only notes it on the device.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-close]");
  if (!form) return;
  event.preventDefault();
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual", keepalive: true }).catch(() => {});
  takeOut(form.closest("[data-announcement]"));
  (document.querySelector("[data-close] button") ?? document.getElementById("main")).focus({ preventScroll: true });
  say(form.dataset.close);
});

function takeOut(announcement) {
  const section = announcement.parentElement;
  announcement.remove();
  if (!section.childElementCount) section.remove();
}

// Pages from the store of the device, or that « back » brings as they were, may hold what was closed since.
addEventListener("pageshow", () => document.querySelectorAll("[data-announcement]").forEach((one) => {
  if (document.cookie.includes(one.dataset.announcement)) takeOut(one);
}));

// A link to what a closed part holds opens it, in browsers that do not do so by themselves.
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = target ? [...document.querySelectorAll("details:not([open])")].filter((part) => part.contains(target)) : [];
  closed.forEach((part) => { part.open = true; });
  if (closed.length) target.scrollIntoView();
}

addEventListener("hashchange", unfold);
unfold();
reveal(document);
document.addEventListener("htmx:after:swap", (event) => reveal(event.target));
