// A screen in a hall: goes back to its start when nobody touches it, leaves no trace of who was there, and does not let
// itself be led to a page that cannot be shown.
"use strict";

const ASKED_AFTER = 40; // seconds without a touch before it asks whether somebody is still there
const ANSWER_WITHIN = 20; // seconds to say so
const AGAIN = 10; // seconds before an unreachable start is tried once more

const still = document.querySelector("[data-kiosk]");
const unreachable = document.querySelector("[data-unreachable]");
let timer;

// No entry is added to the history: « back » must not show the next person what the last one looked for. A page that
// cannot be had is not gone to: the browser would show one of its own, from which nothing leads here.
async function go(address) {
  unreachable.hidden = true;
  try {
    const answer = await fetch(address, { method: "HEAD", cache: "no-store" });
    if (answer.status >= 500) throw new Error(answer.statusText);
    location.replace(address);
  } catch {
    unreachable.hidden = false;
    scrollTo(0, 0);
    return false;
  }
  return true;
}

async function startAgain() {
  if (!await go(still.dataset.kiosk)) timer = setTimeout(startAgain, AGAIN * 1000);
}

function count(left) {
  still.querySelector("[data-seconds]").textContent = left;
  timer = left ? setTimeout(count, 1000, left - 1) : setTimeout(startAgain, 0);
}

function ask() {
  still.showModal();
  count(ANSWER_WITHIN);
}

const isUntouched = () => "atStart" in still.dataset && !document.querySelector("[name=q]")?.value;

function wait() {
  clearTimeout(timer);
  still.close();
  if (!isUntouched()) timer = setTimeout(ask, ASKED_AFTER * 1000);
}

// The question goes with the end of a touch, not with its beginning: the rest of it would reach what is beneath.
for (const touch of ["click", "keydown"]) addEventListener(touch, wait, true);
for (const touch of ["pointerdown", "input", "wheel", "scroll"]) {
  addEventListener(touch, () => { if (!still.open) wait(); }, { capture: true, passive: true });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.hash) return;
  event.preventDefault();
  go(link.href);
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URL(event.target.action);
  address.search = new URLSearchParams(new FormData(event.target));
  go(address.href);
});
// What a long touch opens leads elsewhere.
for (const way of ["contextmenu", "dragstart"]) document.addEventListener(way, (event) => event.preventDefault());
wait();
