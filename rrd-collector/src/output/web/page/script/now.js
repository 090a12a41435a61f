// The newest numbers, and whether there is an answer at all.

// Puts each part in the place of the earlier one of its name, and only where it differs: who has
// the focus keeps it, and who listens hears what is new.
function renew(place, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const parts = (root) => [...root.querySelectorAll("[data-part]")];
  const names = (root) => parts(root).map((part) => part.dataset.part).join();
  if (names(place) !== names(fresh.content)) return place.replaceChildren(fresh.content);
  const news = parts(fresh.content);
  parts(place).forEach((part, index) => {
    const { className, innerHTML } = news[index];
    if (part.className !== className) part.className = className;
    if (part.innerHTML !== innerHTML) part.innerHTML = innerHTML;
    if (news[index].href) part.href = news[index].href;
  });
}

setInterval(async () => {
  if (document.hidden) return;
  try {
    const answer = await page.get("/now");
    if (answer.ok) renew(document.getElementById("now"), await answer.text());
  } catch {
    // The next try comes soon.
  }
}, 2000);

document.addEventListener("rrd:lost", () => document.body.classList.add("offline"));
document.addEventListener("rrd:reached", () => document.body.classList.remove("offline"));
