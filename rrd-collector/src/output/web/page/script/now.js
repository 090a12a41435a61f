// The newest numbers; and whether there is an answer at all, in the title and the icon, too.
const host = document.querySelector("h1").textContent;
let [answeredAt, sparksAt] = [Date.now(), Date.now()];
let [isLost, isPolling] = [false, false];
let nextPoll;

function showState() {
  const verdict = document.querySelector(".verdict");
  const state = isLost ? "no answer" : verdict.dataset.state;
  document.body.classList.toggle("lost", isLost);
  document.title = `${state} – ${host}`;
  document.querySelector("[rel=icon]").href = document.querySelector(`[name="${state}"]`).content;
  if (!isLost) return;
  const since = new Date(answeredAt).toTimeString().slice(0, 5);
  verdict.querySelector("p").textContent = `No answer since ${since}.`;
}

// Puts each part in the place of the one of its name, where it differs: who has the focus keeps it,
// and who listens hears what is new. A part of other parts is replaced only if it has others now.
function renew(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  for (const part of fresh.content.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old) continue;
    const has = (root) => root.dataset.parts ?? root.innerHTML;
    if (has(old) !== has(part)) old.innerHTML = part.innerHTML;
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
      renew(await answer.text());
      if (withSparks) sparksAt = Date.now();
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

// A pinned range is not taken for the present.
function showPinned() {
  const { span, start, end } = page.shown;
  const pinned = document.getElementById("pinned");
  document.body.classList.toggle("pinned", !span);
  pinned.hidden = Boolean(span);
  if (span) return;
  const form = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: page.zone };
  if (end - start < 600) form.second = "2-digit";
  const [from, to] = [start, end].map((at) => new Date(at * 1000).toLocaleString("en-GB", form).split(", "));
  const until = from[0] === to[0] ? `–${to[1]}` : ` – ${to.join(" ")}`;
  pinned.textContent = `Showing ${from.join(" ")}${until}, not now`;
}
document.addEventListener("rrd:range", showPinned);
