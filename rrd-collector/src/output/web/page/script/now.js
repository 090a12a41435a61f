// The newest numbers; and whether there is an answer at all, in the title and the icon, too.
const host = document.querySelector("h1").textContent;
// Each state has its own form: a circle, a triangle, a square, a cross.
const STATES = {
  ok: ["#15803d", "M8 0a8 8 0 1 0 .1 0z"],
  warning: ["#d97706", "M8 0 16 15H0z"],
  critical: ["#dc2626", "M0 0h16v16H0z"],
  "no answer": ["#6b7280", "M3 0 0 3l5 5-5 5 3 3 5-5 5 5 3-3-5-5 5-5-3-3-5 5z"],
};
const [POLL, POLL_HIDDEN, SPARKS, PATIENCE] = [2000, 60000, 10000, 10000];
let reachedAt = Date.now();
let sparksAt = Date.now();
let [isLost, isPolling] = [false, false];
let nextPoll;

function showState() {
  const { classList } = document.querySelector(".verdict");
  const troubles = ["critical", "warning"];
  const state = isLost ? "no answer" : (troubles.find((each) => classList.contains(each)) ?? "ok");
  document.title = `${state} – ${host}`;
  const [color, form] = STATES[state];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="${color}" d="${form}"/></svg>`;
  document.querySelector("link[rel=icon]").href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

// Puts each part in the place of the one of its name, where it differs: who has the focus keeps it,
// and who listens hears what is new. A part of other parts is replaced only if it has others now.
function renew(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  for (const part of fresh.content.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old) continue;
    for (const name of ["class", "href"]) {
      const value = part.getAttribute(name);
      if (value !== old.getAttribute(name)) old.setAttribute(name, value);
    }
    const has = (root) => root.dataset.parts ?? root.innerHTML;
    if (has(old) === has(part)) continue;
    old.innerHTML = part.innerHTML;
    if (part.dataset.parts) old.dataset.parts = part.dataset.parts;
  }
}

async function poll() {
  if (isPolling) return;
  isPolling = true;
  clearTimeout(nextPoll);
  const withSparks = Date.now() - sparksAt >= SPARKS;
  const parts = [withSparks && "sparks", document.getElementById("history").open && "history"];
  try {
    const answer = await page.get(`/now?${parts.filter(Boolean).join("&")}`);
    if (answer.ok) {
      renew(await answer.text());
      if (withSparks) sparksAt = Date.now();
      showState();
    }
  } catch {
    // The next try comes soon.
  }
  isPolling = false;
  // A hidden tab shows no more than its title and icon.
  nextPoll = setTimeout(poll, document.hidden ? POLL_HIDDEN : POLL);
}

function reach() {
  reachedAt = Date.now();
  if (!isLost) return;
  isLost = false;
  document.body.classList.remove("lost");
  poll();
}

function lose() {
  isLost = true;
  document.body.classList.add("lost");
  const since = timeParts(reachedAt / 1000)[1];
  document.querySelector(".verdict p").textContent = `No answer since ${since}.`;
  showState();
}

// A pinned range is not taken for the present.
function showPinned() {
  const { span, start, end } = page.shown;
  const pinned = document.getElementById("pinned");
  document.body.classList.toggle("pinned", !span);
  pinned.hidden = Boolean(span);
  if (span) return;
  const parts = (at) => timeParts(at, end - start < 600);
  const [from, to] = [parts(start), parts(end)];
  const until = from[0] === to[0] ? `–${to[1]}` : ` – ${to.join(" ")}`;
  pinned.textContent = `Showing ${from.join(" ")}${until}, not now`;
}

// Day and time on the clock of the reader.
function timeParts(at, withSeconds) {
  const form = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: page.zone };
  if (withSeconds) form.second = "2-digit";
  return new Date(at * 1000).toLocaleString("en-GB", form).split(", ");
}

document.addEventListener("rrd:range", showPinned);
document.addEventListener("rrd:reached", reach);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  // Nothing was asked in the meantime.
  if (!isLost) reachedAt = Date.now();
  poll();
});
setInterval(() => {
  const patience = document.hidden ? POLL_HIDDEN + PATIENCE : PATIENCE;
  if (!isLost && Date.now() - reachedAt >= patience) lose();
}, 500);
showState();
nextPoll = setTimeout(poll, POLL);
