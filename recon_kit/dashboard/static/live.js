// Keeps the page as the database is: draws it anew where it differs, part by part.
"use strict";

const PARTS = "main section[id], main header[id]";
const link = document.getElementById("link");
const drawn = new Map(); // Each part as the server drew it: the reader may have changed it since.
let source = null, busy = false, again = false, latest = null;

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const ids = (root) => [...root.querySelectorAll(PARTS)].map((part) => part.id).join();

function say(text, state) {
  if (link.textContent !== text) link.textContent = text;
  link.className = `link ${state}`;
}

// What the reader did to a part: where the focus is, what is open, typed and scrolled.
const CONTROLS = "a, button, summary, input, [tabindex]";
const KEPT = [["details", "open"], ["input:not([type=hidden])", "value"],
  [".scroll, .events", "scrollTop"], [".scroll", "scrollLeft"]];

function swap(part) {
  const old = document.getElementById(part.id), html = part.outerHTML;
  if (!old || drawn.get(part.id) === html) return;
  drawn.set(part.id, html);
  const focused = [...old.querySelectorAll(CONTROLS)].indexOf(document.activeElement);
  const kept = KEPT.map(([selector, name]) => [...old.querySelectorAll(selector)].map((one) => one[name]));
  const sorted = [...old.querySelectorAll(HEADS)].map((head) => head.getAttribute("aria-sort"));
  old.replaceWith(part);
  roam(part);
  part.querySelectorAll(HEADS).forEach((head, n) => { if (sorted[n]) sort(head, sorted[n]); });
  KEPT.forEach(([selector, name], which) => part.querySelectorAll(selector).forEach((one, n) => {
    if (n < kept[which].length) one[name] = kept[which][n];
  }));
  if (focused >= 0) part.querySelectorAll(CONTROLS)[focused]?.focus({ preventScroll: true });
}

async function refresh() {
  again = busy || document.hidden;
  if (again) return;
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { "x-live": "1" } });
    if (answer.status >= 500 || answer.status === 401) throw new Error(answer.statusText);
    const page = parse(await answer.text());
    Object.assign(document.body.dataset, { later: "", ...page.body.dataset });
    document.title = page.title;
    if (ids(page) !== ids(document)) begin(page.querySelector("main"));
    page.querySelectorAll(PARTS).forEach(swap);
    if (document.body.dataset.later) setTimeout(refresh, 2000); // A part that takes long.
  } catch {
    setTimeout(refresh, 2000);
  }
  busy = false;
  if (again) refresh();
}

function follow() {
  source = new EventSource("/updates");
  source.onopen = () => say("live", "live");
  source.onerror = () => {
    say("Disconnected; trying again.", "lost");
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  };
  source.addEventListener("database", ({ data }) => say(data || "live", data ? "lost" : "live"));
  source.addEventListener("stamp", ({ data }) => { if (data !== document.body.dataset.stamp) refresh(); });
  source.addEventListener("run", ({ data }) => swap(parse(data).querySelector("#run")));
  source.addEventListener("events", ({ data }) => {
    const events = parse(data).querySelector("#events");
    const newest = events.querySelector(".message")?.textContent ?? "";
    if (latest !== null && newest !== latest) document.getElementById("news").textContent = newest;
    latest = newest;
    swap(events);
  });
}

function begin(main) {
  if (main) document.querySelector("main").replaceWith(main);
  document.querySelectorAll(PARTS).forEach((part) => drawn.set(part.id, part.outerHTML));
  roam(document);
}

// A table is sorted by the column whose head is pressed, and the other way round by a second press.
const HEADS = ".scroll thead th";
function sort(head, order) {
  const key = (row) => {
    const cell = row.cells[head.cellIndex], exact = cell.querySelector("data"), text = cell.textContent.trim();
    return exact ? Number(exact.value) : text === "-" ? -Infinity : text;
  };
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : `${a}`.localeCompare(`${b}`);
  const body = head.closest("table").tBodies[0], turn = order === "ascending" ? 1 : -1;
  body.append(...[...body.rows].sort((a, b) => turn * compare(key(a), key(b))));
  head.parentElement.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", order);
}
function press(pressed) {
  const head = pressed.target.closest?.(HEADS);
  if (!head || (pressed.key ?? "Enter") !== "Enter") return;
  sort(head, head.getAttribute("aria-sort") === "descending" ? "ascending" : "descending");
}
document.addEventListener("click", press);
document.addEventListener("keydown", press);

// The days of a calendar are one stop of the Tab key; arrow keys go from day to day.
function roam(root) {
  root.querySelectorAll(HEADS).forEach((head) => { head.tabIndex = 0; });
  root.querySelectorAll(".calendar td a").forEach((day, n, days) => { day.tabIndex = n === days.length - 1 ? 0 : -1; });
}
document.addEventListener("keydown", (pressed) => {
  const days = [...document.querySelectorAll(".calendar td a")], at = days.indexOf(document.activeElement);
  if (at < 0) return;
  const cell = days[at].closest("td"), row = cell.parentElement;
  const beside = (other, next) => {
    while (other && !other.cells[cell.cellIndex].querySelector("a")) other = other[next];
    return other?.cells[cell.cellIndex].querySelector("a");
  };
  const to = { ArrowLeft: days[at - 1], ArrowRight: days[at + 1],
    ArrowUp: beside(row.previousElementSibling, "previousElementSibling"),
    ArrowDown: beside(row.nextElementSibling, "nextElementSibling") }[pressed.key];
  if (to) { to.focus(); pressed.preventDefault(); }
});

document.addEventListener("submit", ({ target }) => { target.querySelector("button").disabled = target.method === "post"; });
// Nobody looks at a hidden page: it is told nothing, and nothing is asked for it.
document.addEventListener("visibilitychange", () => {
  source.close();
  if (!document.hidden) { follow(); if (again) refresh(); }
});
begin();
follow();
if (document.body.dataset.later) refresh();
