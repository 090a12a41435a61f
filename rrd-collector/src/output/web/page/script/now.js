// The newest numbers; and whether there is an answer at all, in the title and the icon, too.
const host = document.querySelector("h1").textContent;
let [answeredAt, sparksAt] = [Date.now(), Date.now()];
let [isLost, isPolling] = [false, false];
let nextPoll;
// The page has no charts yet if it was opened before the first sample.
const isWaiting = () => document.querySelector(".verdict").className === "verdict";
const wasEarly = isWaiting();

function showState() {
  const verdict = document.querySelector(".verdict");
  const state = isLost ? "no answer" : verdict.dataset.state;
  document.body.classList.toggle("lost", isLost);
  document.title = `${state} – ${host}`;
  document.querySelector("[rel=icon]").href = document.querySelector(`[name="${state}"]`).content;
  if (!isLost) return;
  const since = new Date(answeredAt).toLocaleTimeString("en-GB", { timeStyle: "short", timeZone: page.zone });
  verdict.querySelector("p").textContent = `No answer since ${since}.`;
}

// Puts each part in the place of the one of its name, where it differs: who has the focus keeps it,
// and who listens hears what is new. A part of other parts is replaced only if it has others now.
function renew(html, withSparks) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  for (const part of fresh.content.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old) continue;
    const has = (root) => root.dataset.parts ?? root.innerHTML;
    if (has(old) !== has(part)) {
      // Other numbers come with their small charts, in the next answer.
      if (part.className === "tiles" && !withSparks) {
        sparksAt = 0;
        continue;
      }
      old.innerHTML = part.innerHTML;
    }
    for (const { name, value } of part.attributes) if (value !== old.getAttribute(name)) old.setAttribute(name, value);
  }
}

// A hidden tab shows no more than its title and icon: they are renewed once a minute.
async function poll() {
  if (isPolling) return;
  isPolling = true;
  clearTimeout(nextPoll);
  const withSparks = Date.now() - sparksAt >= 10000;
  const parts = [withSparks && "sparks", document.getElementById("history").open && "history"];
  try {
    const answer = await page.get(`/now?${parts.filter(Boolean).join("&")}`);
    if (answer.ok) {
      if (withSparks) sparksAt = Date.now();
      renew(await answer.text(), withSparks);
      if (wasEarly && !isWaiting()) return location.reload();
      showState();
    }
  } catch {
    // The next try comes soon.
  }
  isPolling = false;
  nextPoll = setTimeout(poll, document.hidden ? 60000 : 2000);
}

document.addEventListener("rrd:reached", () => {
  answeredAt = Date.now();
  if (!isLost) return;
  isLost = false;
  showState();
  poll();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  // Nothing was asked in the meantime.
  if (!isLost) answeredAt = Date.now();
  poll();
});
setInterval(() => {
  const patience = document.hidden ? 70000 : 10000;
  if (isLost || Date.now() - answeredAt < patience) return;
  isLost = true;
  showState();
}, 500);
showState();
nextPoll = setTimeout(poll, 2000);
