// Holds what was last seen, to be read without a connection. FILES, the addresses of what pages need, and LANGUAGES, those
// they speak, are written above by the server: when one changes, so does this file, and browsers install it anew.
//
// Pages come from the network, and from the store when it fails or is slow. Held are only the pages named in HELD, and
// only as anybody sees them: an answer that is `no-store`, as all are for who is signed in, is never written down.
// A page is held by address and language, for the language is chosen by a cookie, which workers cannot read.

const PAGES = "relais-pages";
const ASSETS = "relais-files";
const OWN = "relais-own";
const MOST_PAGES = 60;
const MOST_FILES = 40;
const PATIENCE = 3000; // milliseconds before a page that is held is shown instead of waiting
const OFFLINE = "/hors-connexion";
const HELD = /^\/(recherche|favoris|structures\/[^/]+)?$/;
const FILES_OF_DATA = /^\/(exports|api)\/./; // the browser downloads or shows them by itself

function keyOf(address, language) {
  const key = new URL(address);
  key.hash = "";
  key.search = new URLSearchParams([...key.searchParams].filter(([, value]) => value)); // forms send empty fields
  key.searchParams.delete("lang");
  key.searchParams.append("lang", language);
  return key.href;
}

async function bound(store, most) {
  const keys = await store.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((key) => store.delete(key, { ignoreVary: true })));
}

async function languageOf(address) {
  const own = await caches.open(OWN);
  const asked = new URL(address).searchParams.get("lang");
  if (LANGUAGES.includes(asked)) await own.put("/lang", new Response(asked));
  return (await (await own.match("/lang"))?.text()) ?? LANGUAGES[0];
}

async function hold(address, answer, store) {
  const pages = await caches.open(store);
  if (answer.status === 404 || answer.status === 410) {
    for (const language of LANGUAGES) await pages.delete(keyOf(address, language));
  }
  const isPage = answer.ok && !answer.redirected && answer.headers.get("Content-Type")?.startsWith("text/html");
  if (!isPage || /no-store/.test(answer.headers.get("Cache-Control"))) return;
  const html = await answer.text();
  const headers = new Headers(answer.headers);
  headers.delete("Vary"); // the key says all
  headers.set("X-Kept-At", new Date().toISOString());
  headers.set("X-Title", encodeURIComponent(/<title>([^<]*)/.exec(html)?.[1] ?? ""));
  const language = headers.get("Content-Language");
  const key = keyOf(address, language);
  await pages.delete(key); // the last one seen is the last to go
  await pages.put(key, new Response(html, { headers }));
  await bound(pages, MOST_PAGES);
  if (store === PAGES) await (await caches.open(OWN)).put("/lang", new Response(language));
}

async function heldPage(address, why) {
  const pages = await caches.open(PAGES);
  const language = await languageOf(address);
  for (const one of new Set([language, ...LANGUAGES])) {
    const held = await pages.match(keyOf(address, one));
    if (!held) continue;
    const age = `data-kept="${held.headers.get("X-Kept-At")}" data-kept-why="${why}"`;
    return new Response((await held.text()).replace("<html ", `<html ${age} `), { headers: held.headers });
  }
  return undefined;
}

async function offlinePage(request) {
  if (request.mode !== "navigate") return Response.error();
  const own = await caches.open(OWN);
  const language = await languageOf(request.url);
  const page = await own.match(keyOf(new URL(OFFLINE, location.origin), language));
  return page ? new Response(await page.text(), { status: 503, headers: page.headers }) : Response.error();
}

async function pageFor(request, network) {
  const wait = new Promise((done) => { setTimeout(done, PATIENCE, "slow"); });
  const why = await Promise.race([network.then(() => "", () => "offline"), wait]);
  const held = why && await heldPage(request.url, why);
  return held || network.catch(() => offlinePage(request));
}

async function fileFor(request) {
  const files = await caches.open(ASSETS);
  const held = await files.match(request, { ignoreVary: true });
  if (held) return held;
  const answer = await fetch(request);
  if (answer.ok) {
    await files.put(request, answer.clone());
    await bound(files, MOST_FILES);
  }
  return answer;
}

async function install() {
  await (await caches.open(ASSETS)).addAll(FILES);
  for (const language of LANGUAGES) {
    // Without cookies: as anybody sees it, and without choosing the language of who is here.
    const address = new URL(`${OFFLINE}?lang=${language}`, location.origin);
    await hold(address, await fetch(address, { credentials: "omit", cache: "reload" }), OWN);
  }
  await self.skipWaiting();
}

// The first page came before there was a worker to hold it: it is asked for once more.
async function activate() {
  await self.clients.claim();
  for (const { url } of await self.clients.matchAll()) {
    if (HELD.test(new URL(url).pathname)) await fetch(url).then((answer) => hold(url, answer, PAGES)).catch(() => {});
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (address.pathname.startsWith("/static/")) event.respondWith(fileFor(request));
  else if (HELD.test(address.pathname)) {
    const network = fetch(request);
    event.waitUntil(network.then((answer) => hold(request.url, answer.clone(), PAGES)).catch(() => {}));
    event.respondWith(pageFor(request, network));
  } else if (request.mode === "navigate" && !FILES_OF_DATA.test(address.pathname)) {
    event.respondWith(fetch(request).catch(() => offlinePage(request)));
  }
});
