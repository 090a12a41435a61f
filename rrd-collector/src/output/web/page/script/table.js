// Tables: sorted and unfolded in place, and renewed while they are in sight.
const tables = document.querySelectorAll(".top");

async function fill(table, address = table.dataset.table) {
  table.dataset.table = address;
  const answer = await page.get(`${address}&${page.timeQuery()}`).catch(() => {});
  if (!answer?.ok || address !== table.dataset.table) return;
  table.innerHTML = await answer.text();
  showFound();
}

function refill() {
  for (const table of tables) if (table.seen && !document.hidden && !table.matches(":focus-within")) fill(table);
}
setInterval(refill, 10000);
document.addEventListener("rrd:range", refill);
const seeing = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    target.seen = isIntersecting;
    if (isIntersecting) fill(target);
  }
});
tables.forEach((table) => seeing.observe(table));

// What is looked for may be in a row that is not shown yet.
find.addEventListener("input", () => {
  for (const more of document.querySelectorAll("[data-more]")) fill(more.closest(".top"), more.dataset.table);
}, { once: true });

document.addEventListener("click", (event) => {
  const link = event.target.closest("[href][data-table]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  fill(link.closest(".top"), link.dataset.table);
});
