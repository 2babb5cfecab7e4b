// The places of the list on a map. Loaded with Leaflet, and only by those who ask for it: what is on the map is read
// from the cards below, which say the same.
"use strict";

const PATIENCE_FOR_TILES = 6000; // milliseconds until a background of which nothing came is said not to come
const pointOf = (text) => text.split(",").map(Number);

// What stands at one point: several places may share a door, or a town of which alone they are known to be.
function placesByPoint() {
  const found = new Map();
  document.querySelectorAll("[data-points]").forEach((item) => {
    const points = item.dataset.points.split(" ");
    for (const point of points) {
      const key = pointOf(point).map((degrees) => degrees.toFixed(5)).join(",");
      if (!found.has(key)) found.set(key, []);
      found.get(key).push({ item, stops: points.length > 1 });
    }
  });
  return found;
}

function lineOf(words, className) {
  const line = document.createElement("p");
  line.className = className;
  line.textContent = words;
  return line;
}

function partOf({ item, stops }, words) {
  const part = document.createElement("div");
  const name = lineOf(`${item.querySelector(".map-number").lastChild.textContent.trim()}. `, "map-name");
  name.append(item.querySelector(".result-name a").cloneNode(true));
  part.append(name);
  for (const selector of [".badge", ".phone"]) {
    const copy = item.querySelector(selector)?.cloneNode(true);
    if (!copy) continue;
    const line = lineOf("", "");
    line.append(copy);
    part.append(line);
  }
  if (stops) part.append(lineOf(words.stops, "soft small"));
  if ("approximate" in item.dataset) part.append(lineOf(words.approximate, "soft small"));
  return part;
}

function markOf(places) {
  const numbers = places.map(({ item }) => item.querySelector(".map-number").lastChild.textContent.trim());
  const names = places.map(({ item }, at) => `${numbers[at]}. ${item.querySelector(".result-name").textContent}`);
  const pin = document.createElement("span");
  pin.className = places.every(({ item }) => "approximate" in item.dataset) ? "map-pin map-pin-approximate" : "map-pin";
  pin.textContent = numbers.length > 1 ? `${numbers[0]}+` : numbers[0];
  return { pin, names: names.join(", ") };
}

function addMarker(map, point, places, words) {
  const { pin, names } = markOf(places);
  const icon = L.divIcon({ className: "map-marker", html: pin, iconSize: [44, 44], iconAnchor: [22, 42], popupAnchor: [0, -36] });
  const marker = L.marker(point, { icon }).addTo(map);
  const content = document.createElement("div");
  content.className = "map-places";
  content.dir = document.documentElement.dir;
  content.append(...places.map((place) => partOf(place, words)));
  marker.bindPopup(content, { maxWidth: Math.min(280, map.getSize().x - 56), maxHeight: map.getSize().y - 110 });
  const element = marker.getElement();
  element.setAttribute("aria-label", names);
  element.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    marker.openPopup();
  });
  marker.on("popupopen", ({ popup }) => {
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close);
    content.querySelector("a").focus({ preventScroll: true });
  });
  marker.on("popupclose", () => element.focus({ preventScroll: true }));
}

function addBackground(map, figure) {
  const notice = figure.querySelector("[data-without]");
  const missing = () => { notice.hidden = false; };
  const timer = setTimeout(missing, PATIENCE_FOR_TILES);
  let came = false;
  // Whose tiles they are learns our name, as it asks for, and not the address, which says what is searched.
  L.tileLayer(figure.dataset.tiles, { maxZoom: 19, referrerPolicy: "origin", updateWhenIdle: true })
    .on("tileload", () => {
      came = true;
      notice.hidden = true;
      clearTimeout(timer);
    })
    .on("tileerror", () => { if (!came) missing(); })
    .addTo(map);
}

function drawMap(figure) {
  const words = figure.dataset;
  figure.hidden = false;
  const ground = figure.querySelector(".map-ground");
  ground.setAttribute("role", "region");
  ground.setAttribute("aria-label", words.label);
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(ground, {
    attributionControl: false, zoomControl: false, scrollWheelZoom: false, worldCopyJump: true, zoomSnap: 0.5,
    zoomAnimation: moves, fadeAnimation: moves, markerZoomAnimation: moves, inertia: moves,
  });
  L.control.zoom({ position: "bottomright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  const found = placesByPoint();
  const points = [...found.keys(), ...(words.here ? [words.here] : [])].map(pointOf);
  map.fitBounds(points, { paddingTopLeft: [24, 52], paddingBottomRight: [68, 16], maxZoom: 16, animate: false });
  addBackground(map, figure);
  if (words.here) {
    const icon = L.divIcon({ className: "map-here", iconSize: [20, 20] });
    L.marker(pointOf(words.here), { icon, interactive: false, keyboard: false, zIndexOffset: 1000 }).addTo(map);
  }
  for (const [point, places] of found) addMarker(map, pointOf(point), places, words);
  figure.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
  // A wheel turned on the way down the page is not for the map, until one is at work in it.
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
}

document.querySelectorAll("[data-map]").forEach(drawMap);
